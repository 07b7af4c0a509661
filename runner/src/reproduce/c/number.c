	for (unsigned int i = 0; i < cpuid.head.nent; i++) {
		struct kvm_cpuid_entry2 *leaf = &cpuid.entries[i];

		if (leaf->function == 1)
			leaf->ebx = (leaf->ebx & 0xffff) | 2 << 16 | id << 24;
		else if (leaf->function == 0xb || leaf->function == 0x1f)
			leaf->edx = id;
		else if (leaf->function == 0x8000001e)
			leaf->eax = id;
	}
