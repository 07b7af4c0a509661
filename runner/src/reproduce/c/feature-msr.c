static uint64_t feature_msr(uint32_t index)
{
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } one = { { .nmsrs = 1 }, { .index = index } };

	return ioctl(@KVM@, KVM_GET_MSRS, &one) == 1 ? one.entry.data : 0;
}
