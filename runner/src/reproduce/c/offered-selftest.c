static uint32_t offered(uint32_t function, char which)
{
	const struct kvm_cpuid2 *all = kvm_get_supported_cpuid();

	for (unsigned int i = 0; i < all->nent; i++) {
		if (all->entries[i].function == function)
			return which == 'b' ? all->entries[i].ebx : which == 'c' ? all->entries[i].ecx : all->entries[i].edx;
	}
	return 0;
}
