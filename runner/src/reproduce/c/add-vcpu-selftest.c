static struct kvm_vcpu *add_vcpu(uint32_t id)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } cpuid;
	const struct kvm_cpuid2 *all = kvm_get_supported_cpuid();
	struct kvm_vcpu *added = __vm_vcpu_add(vm, id);

	memcpy(&cpuid, all, sizeof(*all) + all->nent * sizeof(all->entries[0]));
@NUMBER@	vcpu_ioctl(added, KVM_SET_CPUID2, &cpuid.head);
	return added;
}
