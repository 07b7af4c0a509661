static struct kvm_vm *vm;
static struct kvm_vcpu *vcpu@SECOND_DECLARED@;

@ADD_VCPU@
static void create_machine(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY, .userspace_addr = (uintptr_t)memory };

@CREATE_VM@	vm_ioctl(vm, KVM_SET_TSS_ADDR, (void *)@TSS_ADDRESS@UL);
	vm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
@SMM@	vm_ioctl(vm, KVM_CREATE_IRQCHIP, NULL);
	vcpu = add_vcpu(0);
@SECOND@}

static void start_vcpu(struct kvm_vcpu *vcpu, const struct kvm_sregs *start, const struct kvm_regs *regs)
{
	struct kvm_lapic_state apic;
	struct kvm_sregs sregs;

	vcpu_ioctl(vcpu, KVM_GET_SREGS, &sregs);
@X2APIC@	vcpu_ioctl(vcpu, KVM_GET_LAPIC, &apic);
	memcpy(apic.regs + @SVR@, &(uint32_t){ @SVR_ENABLED@ }, 4);	/* enabled */
	vcpu_ioctl(vcpu, KVM_SET_LAPIC, &apic);
	memcpy(&sregs, start, offsetof(struct kvm_sregs, cr8));
	sregs.efer = start->efer;
	vcpu_ioctl(vcpu, KVM_SET_SREGS, &sregs);
	vcpu_ioctl(vcpu, KVM_GET_SREGS, &sregs);
	require(sregs.cr0 == start->cr0 && sregs.efer == start->efer, "this KVM does not keep CR0 and EFER of @MODE@ mode");
@HSAVE@@RUNNABLE@	vcpu_ioctl(vcpu, KVM_SET_REGS, regs);
}
