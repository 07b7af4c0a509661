
/* Pin @NMI_PIN@ of the I/O APIC, with delivery mode NMI. */
static void set_pin(void)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };

	vm_ioctl(vm, KVM_GET_IRQCHIP, &chip);
	chip.chip.ioapic.redirtbl[@NMI_PIN@].bits = @NMI_MESSAGE@;
	vm_ioctl(vm, KVM_SET_IRQCHIP, &chip);
}

static void @RAISE@(unsigned int count)
{
	struct kvm_irq_level high = { .irq = @NMI_PIN@, .level = 1 }, low = { .irq = @NMI_PIN@ };

	while (count--) {
		vm_ioctl(vm, KVM_IRQ_LINE, &high);
		vm_ioctl(vm, KVM_IRQ_LINE, &low);
	}
}
