
/* RSP at the latest record of that name before record i. */
static uint64_t rsp_at(unsigned int i, const char *mark)
{
	while (i--) {
		if (ring[i].cpu == 0 && !strcmp(name(i), mark))
			return ring[i].rsp;
	}
	return ~0ull;
}
