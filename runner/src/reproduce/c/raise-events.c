
static void @RAISE@(unsigned int count)
{
	struct kvm_vcpu_events events;

	@SETTLE@();
	vcpu_ioctl(@VCPU@, KVM_GET_VCPU_EVENTS, &events);
	events.nmi.pending += count;
	vcpu_ioctl(@VCPU@, KVM_SET_VCPU_EVENTS, &events);
}
