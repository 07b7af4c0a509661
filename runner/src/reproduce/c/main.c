
int main(void)
{
	char words[100];

@OPEN@@REQUIRES@	load_memory();
	create_machine();
@START@	signal(SIGALRM, interrupt);
@BEGIN@	for (unsigned int exits = 0; exits < 10000; exits++) {
		struct kvm_run *run = (run_vcpu(), vcpu->run);

@PENDING@		switch (run->exit_reason == KVM_EXIT_IO ? run->io.port : 0) {
@PORTS@		case @PORT_DONE@:
@DONE@			stop("done");
		case @PORT_FAULT@:	/* an exception that the guest has no handler for */
			stop("exception");
		}
@DEBUG@		snprintf(words, sizeof(words), "exit reason %u, %#x", run->exit_reason, (uint32_t)run->hw.hardware_exit_reason);
		stop(run->exit_reason == KVM_EXIT_SHUTDOWN ? "shutdown" : words);
	}
	stop("exits without end");
}
