
/* The second processor, on a thread of its own. */
static pthread_t peer_thread;
static atomic_int peer_stop, peer_done;

static void settle_peer(void)
{
	second->run->immediate_exit = 1;
	__vcpu_ioctl(second, KVM_RUN, NULL);
}
@RAISE_AT_PEER@
static void *run_peer(void *unused)
{
	for (unsigned int exits = 0; !peer_stop; exits++) {
		second->run->immediate_exit = 0;
		if (__vcpu_ioctl(second, KVM_RUN, NULL)) {
			if (errno == EINTR)
				continue;
			fail("processor 1: KVM_RUN: %s", strerror(errno));
		}
		if (second->run->exit_reason != KVM_EXIT_IO || exits > 10000)
			fail("processor 1: want an end, got exit reason %u", second->run->exit_reason);
		switch (second->run->io.port) {
@PEER_PORTS@		case @PORT_SNAP@:
			break;
		case @PORT_DONE@:
			settle_peer();
			peer_done = 1;
			return unused;
		default:
			fail("processor 1: want an end, got an OUT to port %#x", second->run->io.port);
		}
	}
	settle_peer();
	return unused;
}

static void interrupt_second(int signal)
{
	second->run->immediate_exit = signal;
}

static void start_peer(void)
{
	if (!peer_done && pthread_create(&peer_thread, NULL, run_peer, NULL))
		trouble("pthread_create failed");
}
