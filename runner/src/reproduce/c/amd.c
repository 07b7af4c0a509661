static int is_amds(void)
{
	uint32_t first = offered(@LEAF_VENDOR@, 'b');

	return !memcmp(&first, "Auth", 4) || !memcmp(&first, "Hygo", 4);
}
