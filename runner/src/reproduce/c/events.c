
/* KVM_GET_VCPU_EVENTS, then KVM_SET_VCPU_EVENTS with the arguments that are not -1 changed. */
static void set_events(int injected, int pending, int masked, int shadow)
{
	struct kvm_vcpu_events events;

	settle();
	vcpu_ioctl(vcpu, KVM_GET_VCPU_EVENTS, &events);
	if (injected >= 0)
		events.nmi.injected = injected;
	if (pending >= 0)
		events.nmi.pending = pending;
	if (masked >= 0)
		events.nmi.masked = masked;
	if (shadow >= 0)
		events.interrupt.shadow = shadow;
	if (injected >= 0 || pending >= 0 || masked >= 0 || shadow >= 0) {
		if (pending < 0)
			events.flags &= ~KVM_VCPUEVENT_VALID_NMI_PENDING;
		if (shadow < 0)
			events.flags &= ~KVM_VCPUEVENT_VALID_SHADOW;
	}
	vcpu_ioctl(vcpu, KVM_SET_VCPU_EVENTS, &events);
}
