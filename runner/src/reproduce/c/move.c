
/* All that KVM keeps of a processor. */
struct saved {
	struct kvm_mp_state activity;
	struct kvm_vcpu_events events;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_lapic_state apic;
	struct kvm_xsave xsave;
	struct kvm_xcrs xcrs;
	struct kvm_debugregs debug;
	unsigned int count;
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } msrs[1024];
@NESTED_FIELD@};

static void save_vcpu(struct kvm_vcpu *vcpu, struct saved *to)
{
	struct { struct kvm_msr_list head; uint32_t indices[1024]; } list = { .head.nmsrs = 1024 };

	vcpu_ioctl(vcpu, KVM_GET_MP_STATE, &to->activity);
	vcpu_ioctl(vcpu, KVM_GET_VCPU_EVENTS, &to->events);
	vcpu_ioctl(vcpu, KVM_GET_REGS, &to->regs);
	vcpu_ioctl(vcpu, KVM_GET_SREGS, &to->sregs);
	vcpu_ioctl(vcpu, KVM_GET_LAPIC, &to->apic);
	@GET_MSR_LIST@, KVM_GET_MSR_INDEX_LIST, &list.head);
	to->count = 0;
	for (unsigned int i = 0; i < list.head.nmsrs; i++) {
		to->msrs[to->count].head.nmsrs = 1;
		to->msrs[to->count].entry.index = list.indices[i];
		to->count += __vcpu_ioctl(vcpu, KVM_GET_MSRS, &to->msrs[to->count].head) == 1;
	}
	vcpu_ioctl(vcpu, KVM_GET_XSAVE, &to->xsave);
	vcpu_ioctl(vcpu, KVM_GET_XCRS, &to->xcrs);
@NESTED_SAVE@	vcpu_ioctl(vcpu, KVM_GET_DEBUGREGS, &to->debug);
}

static void restore_vcpu(struct kvm_vcpu *vcpu, struct saved *from)
{
@FEATURE_CONTROL@	vcpu_ioctl(vcpu, KVM_SET_SREGS, &from->sregs);
@NESTED_EARLY@	vcpu_ioctl(vcpu, KVM_SET_XCRS, &from->xcrs);
	vcpu_ioctl(vcpu, KVM_SET_XSAVE, &from->xsave);
	vcpu_ioctl(vcpu, KVM_SET_REGS, &from->regs);
	vcpu_ioctl(vcpu, KVM_SET_LAPIC, &from->apic);
	for (unsigned int i = 0; i < from->count; i++)
		__vcpu_ioctl(vcpu, KVM_SET_MSRS, &from->msrs[i].head);	/* a read-only MSR has this value already */
	vcpu_ioctl(vcpu, KVM_SET_DEBUGREGS, &from->debug);
	vcpu_ioctl(vcpu, KVM_SET_VCPU_EVENTS, &from->events);
@NESTED_LATE@	vcpu_ioctl(vcpu, KVM_SET_MP_STATE, &from->activity);
}

/* Saves everything and restores it into a new virtual machine with the same memory. The old one does not run again. */
static void migrate_machine(void)
{
	static struct saved saved[@PROCESSORS@];
	struct kvm_irqchip chips[3];

@PAUSE@	settle();
	for (unsigned int i = 0; i < 3; i++) {
		chips[i].chip_id = i;
		vm_ioctl(vm, KVM_GET_IRQCHIP, &chips[i]);
	}
	save_vcpu(vcpu, &saved[0]);
@SAVE_SECOND@	create_machine();
	for (unsigned int i = 0; i < 3; i++)
		vm_ioctl(vm, KVM_SET_IRQCHIP, &chips[i]);
	restore_vcpu(vcpu, &saved[0]);
@RESTORE_SECOND@}
