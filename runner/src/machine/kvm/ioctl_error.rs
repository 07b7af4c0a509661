//! Errors of ioctls as trouble: what failed, the likely cause, and what to do next.

use kvm_ioctls::Error;

use crate::host::forbidden;
use crate::machine::Trouble;

/// The result of an ioctl of kvm-ioctls.
pub(super) trait IoctlResult<T> {
    /// Names the ioctl in the trouble, if it failed.
    fn ioctl(self, name: &str) -> Result<T, Trouble>;
}

impl<T> IoctlResult<T> for Result<T, Error> {
    fn ioctl(self, name: &str) -> Result<T, Trouble> {
        self.map_err(|error| ioctl_failed(name, error))
    }
}

/// Trouble for an ioctl that failed.
pub(super) fn ioctl_failed(what: &str, error: Error) -> Trouble {
    let errno = error.errno();
    Trouble::Refused { call: what.to_owned(), errno, likely: likely(what, errno) }
}

/// Trouble for /dev/kvm that cannot be opened.
pub(super) fn cannot_open(errno: i32) -> Trouble {
    let likely = match errno {
        libc::EACCES | libc::EPERM => forbidden(),
        _ => likely("open", errno),
    };
    Trouble::NoDevice { device: "/dev/kvm".to_owned(), errno, likely }
}

/// The likely cause of `errno` from `what`, and what to do next.
fn likely(what: &str, errno: i32) -> String {
    let text = match (what, errno) {
        ("open", libc::ENOENT) => {
            "no KVM module is loaded; run modprobe kvm_amd or modprobe kvm_intel, and in a container pass the device in"
        }
        ("open", libc::ENODEV | libc::ENXIO) => {
            "the KVM module has gone or the processor has no virtualization; look for SVM or VMX in the firmware's setup"
        }
        (_, libc::EACCES | libc::EPERM) => "a security policy (seccomp, LSM, container) forbids it; run outside of it",
        ("KVM_CREATE_VM", libc::EBUSY) => "another hypervisor holds SVM or VMX; stop it first",
        ("KVM_CREATE_VM", libc::EINTR) => "a signal came during creation; try again",
        ("KVM_CREATE_VCPU", libc::EEXIST) => "a processor with that number exists already; this is a bug of the runner",
        (_, libc::ENOMEM) => "the kernel is out of memory; free some, or look at the memory cgroup's limit",
        (_, libc::EMFILE | libc::ENFILE) => "too many open files; raise `ulimit -n`",
        ("KVM_SET_CPUID2", libc::EINVAL) => {
            "the kernel refuses CPUID after the processor has run; this is a bug of the runner"
        }
        ("KVM_SET_SREGS" | "KVM_RUN", libc::EINVAL) => {
            "the kernel refuses the start state: CR0, CR4, EFER and the segments do not fit together, or this KVM cannot run the mode"
        }
        ("KVM_SET_GUEST_DEBUG", libc::EINVAL) => "this kernel cannot set hardware breakpoints for guests",
        ("KVM_SET_VCPU_EVENTS", libc::EINVAL) => {
            "this kernel does not know one of the flags, or refuses the combination of events"
        }
        ("KVM_SMI", libc::EINVAL | libc::ENOTTY) => "this KVM has no system-management mode (KVM_CAP_X86_SMM)",
        ("KVM_RUN", libc::EFAULT) => "the guest touched memory that KVM could not map; see the kernel log",
        ("KVM_RUN", libc::EAGAIN) => "the processor waits for INIT and SIPI; this is a bug of the runner",
        (_, libc::ENOTTY) => "this kernel does not have the ioctl; it is older than 5.10, or KVM was built without it",
        (_, libc::EINVAL) => {
            "this kernel does not have the feature, or refuses the value; compare `nmi host` with a newer kernel"
        }
        (_, libc::ENXIO) => "the in-kernel interrupt controllers are missing; KVM_CREATE_IRQCHIP did not take effect",
        (_, libc::EIO) => "the kernel marked this virtual machine as broken; see the kernel log",
        _ => "see the kernel log (dmesg) for what KVM says",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_device_is_one_sentence_that_says_what_to_do() {
        let forbidden = cannot_open(libc::EACCES).to_string();
        assert!(forbidden.starts_with("opening /dev/kvm failed with errno 13: this user may not "), "{forbidden}");
        insta::assert_snapshot!(cannot_open(libc::ENOENT), @"opening /dev/kvm failed with errno 2: no KVM module is loaded; run modprobe kvm_amd or modprobe kvm_intel, and in a container pass the device in");
    }

    #[test]
    fn every_ioctl_has_some_cause() {
        for errno in 1..134 {
            assert!(!ioctl_failed("KVM_SET_MSRS", Error::new(errno)).likely().is_empty());
        }
    }
}
