//! The words for a device that cannot be opened, and for a call that the kernel refuses: the likely cause, and what to do next.

use serde::{Deserialize, Serialize};

use super::errno::{
    EACCES, EAGAIN, EBUSY, EEXIST, EFAULT, EINTR, EINVAL, EIO, EMFILE, ENFILE, ENODEV, ENOENT, ENOMEM, ENOTTY, ENXIO,
    EPERM,
};

/// Who owns a device that this user may not open, and who may.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceOwner {
    /// The permissions.
    pub mode: u32,
    /// The group that owns it.
    pub group: u32,
    /// The group's name. None: the host knows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether this user is in the group.
    pub member: bool,
}

/// The permissions that let a group read and write.
const GROUP_MAY: u32 = 0o060;

/// Why this user may not open /dev/kvm and what to do, by the device's owner as far as it is known.
pub fn forbidden(owner: Option<&DeviceOwner>) -> String {
    let Some(DeviceOwner { mode, group, name, member }) = owner else {
        return "this user may not use KVM; run as root, or look at who may open the device".to_owned();
    };
    let named = name.as_ref().map_or_else(|| format!("group {group}"), |name| format!("the group `{name}`"));
    // Never advise to add a user to root's group.
    if mode & GROUP_MAY != GROUP_MAY || *group == 0 {
        return format!(
            "this user may not open it, and no group helps: it belongs to {named} with mode {mode:04o}; run as root, or let a \
             group open it (chgrp kvm /dev/kvm && chmod 660 /dev/kvm)"
        );
    }
    if *member {
        return format!(
            "this user may not open it although {named} may and the user is in it; a security policy (seccomp, LSM, the \
             container's device rules) forbids it"
        );
    }
    match name {
        Some(name) => format!(
            "this user may not use KVM; add it to {named} (usermod -aG {name} $USER, then log in again), or run as root"
        ),
        None => format!(
            "this user may not use KVM; {named} may, which has no name here: in a container add it (--group-add {group}), or run \
             as root"
        ),
    }
}

/// The likely cause of an error when /dev/kvm is opened, and what to do next.
pub(super) fn unopened(errno: i32, owner: Option<&DeviceOwner>) -> String {
    match errno {
        EACCES | EPERM => return forbidden(owner),
        ENOENT => {
            "no KVM module is loaded; run modprobe kvm_amd or modprobe kvm_intel, and in a container pass the device in"
        }
        ENODEV | ENXIO => {
            "the KVM module has gone or the processor has no virtualization; look for SVM or VMX in the firmware's setup"
        }
        _ => refused("open", errno),
    }
    .to_owned()
}

/// The likely cause of an error of `call`, and what to do next.
pub(super) fn refused(call: &str, errno: i32) -> &'static str {
    match (call, errno) {
        (_, EACCES | EPERM) => "a security policy (seccomp, LSM, container) forbids it; run outside of it",
        ("KVM_CREATE_VM", EBUSY) => "another hypervisor holds SVM or VMX; stop it first",
        ("KVM_CREATE_VM", EINTR) => "a signal came during creation; try again",
        ("KVM_CREATE_VCPU", EEXIST) => "a processor with that number exists already; this is a bug of the runner",
        (_, ENOMEM) => "the kernel is out of memory; free some, or look at the memory cgroup's limit",
        (_, EMFILE | ENFILE) => "too many open files; raise `ulimit -n`",
        ("KVM_SET_CPUID2", EINVAL) => {
            "the kernel refuses CPUID after the processor has run; this is a bug of the runner"
        }
        ("KVM_SET_SREGS" | "KVM_RUN", EINVAL) => {
            "the kernel refuses the start state: CR0, CR4, EFER and the segments do not fit together, or this KVM cannot run the mode"
        }
        ("KVM_SET_GUEST_DEBUG", EINVAL) => "this kernel cannot set hardware breakpoints for guests",
        ("KVM_SET_VCPU_EVENTS", EINVAL) => {
            "this kernel does not know one of the flags, or refuses the combination of events"
        }
        ("KVM_SMI", EINVAL | ENOTTY) => "this KVM has no system-management mode (KVM_CAP_X86_SMM)",
        ("KVM_RUN", EFAULT) => "the guest touched memory that KVM could not map; see the kernel log",
        ("KVM_RUN", EAGAIN) => "the processor waits for INIT and SIPI; this is a bug of the runner",
        (_, ENOTTY) => "this kernel does not have the ioctl; it is older than 5.10, or KVM was built without it",
        (_, EINVAL) => {
            "this kernel does not have the feature, or refuses the value; compare `nmi host` with a newer kernel"
        }
        (_, ENXIO) => "the in-kernel interrupt controllers are missing; KVM_CREATE_IRQCHIP did not take effect",
        (_, EIO) => "the kernel marked this virtual machine as broken; see the kernel log",
        _ => "see the kernel log (dmesg) for what KVM says",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trouble;

    fn owner(mode: u32, group: u32, name: Option<&str>) -> DeviceOwner {
        DeviceOwner { mode, group, name: name.map(str::to_owned), member: false }
    }

    #[test]
    fn a_group_is_advised_only_where_it_can_open_the_device() {
        let said = |owner: DeviceOwner| forbidden(Some(&owner));
        assert_eq!(
            said(owner(0o660, 106, Some("kvm"))),
            "this user may not use KVM; add it to the group `kvm` (usermod -aG kvm $USER, then log in again), or run as root"
        );
        assert!(said(owner(0o660, 107, Some("libvirt"))).contains("usermod -aG libvirt $USER"));
        for useless in [owner(0o600, 106, Some("kvm")), owner(0o640, 106, Some("kvm")), owner(0o660, 0, Some("root"))] {
            let said = said(useless);
            assert!(said.contains("no group helps") && !said.contains("usermod"), "{said}");
        }
        let nameless = said(owner(0o660, 993, None));
        assert!(nameless.contains("--group-add 993") && !nameless.contains("usermod"), "{nameless}");
        let member = said(DeviceOwner { member: true, ..owner(0o660, 4, Some("kvm")) });
        assert!(member.contains("a security policy") && !member.contains("usermod"), "{member}");
        assert!(!forbidden(None).contains("usermod"));
    }

    #[test]
    fn a_device_that_cannot_be_opened_is_one_sentence_that_says_what_to_do() {
        let words = |errno, owner| Trouble::NoDevice { device: "/dev/kvm".to_owned(), errno, owner }.to_string();
        let forbidden = words(EACCES, None);
        assert!(forbidden.starts_with("opening /dev/kvm failed with errno 13: this user may not "), "{forbidden}");
        insta::assert_snapshot!(words(ENOENT, None), @"opening /dev/kvm failed with errno 2: no KVM module is loaded; run modprobe kvm_amd or modprobe kvm_intel, and in a container pass the device in");
    }

    #[test]
    fn every_error_has_some_cause() {
        for errno in 1..134 {
            assert!(!refused("KVM_SET_MSRS", errno).is_empty());
            assert!(!unopened(errno, None).is_empty());
        }
    }
}
