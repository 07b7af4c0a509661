
static void send_smi(void)
{
	settle();
	vcpu_ioctl(vcpu, KVM_SMI, NULL);
}
