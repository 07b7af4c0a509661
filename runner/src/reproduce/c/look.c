/* Reads the processor's state and compares it: at the record of a snap, at the end, or at another exit. */
enum { ELSEWHERE = -1, AT_END = -2 };

static void look(@AT@)
{
	struct kvm_vcpu_events events;
	struct kvm_mp_state activity;

	settle();
	vcpu_ioctl(vcpu, KVM_GET_VCPU_EVENTS, &events);
	vcpu_ioctl(vcpu, KVM_GET_MP_STATE, &activity);
@VIEWS@}

