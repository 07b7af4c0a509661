//! Who may open /dev/kvm.

use std::fs;
use std::os::unix::fs::MetadataExt;

use reports::DeviceOwner;

/// Who owns /dev/kvm, and whether this process is in that group; `None` if that cannot be read.
pub fn device_owner() -> Option<DeviceOwner> {
    let device = fs::metadata("/dev/kvm").ok()?;
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let group = device.gid();
    let member = groups_of(&status).contains(&group);
    Some(DeviceOwner { mode: device.mode() & 0o777, group, name: name_of(&groups, group), member })
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

    #[test]
    fn groups_are_read_from_the_host() {
        assert_eq!(name_of("root:x:0:\nkvm:x:106:me\nbad\n", 106).as_deref(), Some("kvm"));
        assert_eq!(name_of("root:x:0:\n", 106), None);
        assert_eq!(groups_of("Name:\tnmi\nGid:\t1\t1000\t1\t1\nGroups:\t4 106 \n"), [1000, 4, 106]);
        assert_eq!(groups_of(""), Vec::<u32>::new());
    }
}
