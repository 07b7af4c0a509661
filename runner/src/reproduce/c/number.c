	for (unsigned int i = 0; i < cpuid.head.nent; i++) {
		struct kvm_cpuid_entry2 *leaf = &cpuid.entries[i];

		if (leaf->function == @LEAF_FEATURES@)
			leaf->ebx = (leaf->ebx & @SAME_PROCESSOR@) | 2 << @PROCESSORS_AT@ | id << @APIC_ID_AT@;
		else if (leaf->function == @LEAF_TOPOLOGY@ || leaf->function == @LEAF_TOPOLOGY_V2@)
			leaf->edx = id;
		else if (leaf->function == @LEAF_AMD_TOPOLOGY@)
			leaf->eax = id;
	}
