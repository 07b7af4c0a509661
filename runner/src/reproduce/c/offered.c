static uint32_t offered(uint32_t function, char which)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } all = { .head.nent = 256 };

	must(kvm, KVM_GET_SUPPORTED_CPUID, &all);
	for (unsigned int i = 0; i < all.head.nent; i++) {
		if (all.entries[i].function == function)
			return which == 'b' ? all.entries[i].ebx : which == 'c' ? all.entries[i].ecx : all.entries[i].edx;
	}
	return 0;
}
