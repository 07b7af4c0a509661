static struct kvm_vcpu *add_vcpu(unsigned long id)
{
	struct kvm_vcpu *added = malloc(sizeof(*added));
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } cpuid = { .head.nent = 256 };

	added->fd = vm_ioctl(vm, KVM_CREATE_VCPU, id);
	added->run = mmap(NULL, must(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, added->fd, 0);
	must(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid);
@NUMBER@	vcpu_ioctl(added, KVM_SET_CPUID2, &cpuid.head);
	return added;
}
