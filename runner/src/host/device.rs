//! Why /dev/kvm cannot be opened, and what to do.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// The permissions that let a group read and write.
const GROUP_MAY: u32 = 0o060;

/// Who owns the device, and who may open it.
struct Owner {
    mode: u32,
    group: u32,
    /// The group's name, where the host knows one.
    name: Option<String>,
}

/// Why this user may not open /dev/kvm and what to do, by the device's owner and mode.
pub fn forbidden() -> String {
    let owner = fs::metadata("/dev/kvm").ok().map(|device| {
        let groups = fs::read_to_string("/etc/group").unwrap_or_default();
        Owner { mode: device.mode() & 0o777, group: device.gid(), name: name_of(&groups, device.gid()) }
    });
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    advice(owner.as_ref(), &groups_of(&status))
}

fn advice(owner: Option<&Owner>, groups: &[u32]) -> String {
    let Some(Owner { mode, group, name }) = owner else {
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
    if groups.contains(group) {
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

/// The name of a group in /etc/group (group(5)).
fn name_of(groups: &str, id: u32) -> Option<String> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

/// The groups of a process: its effective one and the supplementary ones (proc(5), `Gid` and `Groups`).
fn groups_of(status: &str) -> Vec<u32> {
    let numbers = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<u32>>()
    };
    numbers("Gid:").into_iter().nth(1).into_iter().chain(numbers("Groups:")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(mode: u32, group: u32, name: Option<&str>) -> Owner {
        Owner { mode, group, name: name.map(str::to_owned) }
    }

    #[test]
    fn a_group_is_advised_only_where_it_can_open_the_device() {
        let said = |owner: Owner| advice(Some(&owner), &[1000, 4]);
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
        let member = said(owner(0o660, 4, Some("kvm")));
        assert!(member.contains("a security policy") && !member.contains("usermod"), "{member}");
        assert!(!advice(None, &[]).contains("usermod"));
    }

    #[test]
    fn groups_are_read_from_the_host() {
        assert_eq!(name_of("root:x:0:\nkvm:x:106:me\nbad\n", 106).as_deref(), Some("kvm"));
        assert_eq!(name_of("root:x:0:\n", 106), None);
        assert_eq!(groups_of("Name:\tnmi\nGid:\t1\t1000\t1\t1\nGroups:\t4 106 \n"), [1000, 4, 106]);
        assert_eq!(groups_of(""), Vec::<u32>::new());
    }
}
