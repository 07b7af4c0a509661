//! What the first process of a guest can fail at.

use std::io;

use serde::{Deserialize, Serialize};

use crate::plan::{FILE, Setting};

/// What the first process of a guest failed at; numbers without a name are those of the system's errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum GuestFailure {
    /// A file system cannot be mounted at this path.
    #[error("mount {}: {}", .0, words(.1))]
    Mount(String, i32),
    /// This file cannot be opened: the plan, the port or a module.
    #[error("open {}: {}", .0, words(.1))]
    Open(String, i32),
    /// The plan is not one of this version, as this line and column show.
    #[error("{FILE}:{0}:{1} is not of this version; build the lab and its lab-init from one checkout")]
    WrongPlan(usize, usize),
    /// The port of this name does not take its settings.
    #[error("set up {}: {}", .0, words(.1))]
    SetUpPort(String, i32),
    /// This folder or link cannot be created.
    #[error("create {}: {}", .0, words(.1))]
    Create(String, i32),
    /// A module cannot be loaded.
    #[error("load {}: {}", format!("{module} {parameters}").trim_end(), words(errno))]
    Load {
        /// Its file.
        module: String,
        /// Its parameters, as insmod takes them.
        parameters: String,
        /// The system's error.
        errno: i32,
    },
    /// The module of this name cannot be unloaded.
    #[error("unload {}: {}", .0, words(.1))]
    Unload(String, i32),
    /// A file does not take its value.
    #[error("write {} to {}: {}", .0.value, .0.file, words(.1))]
    Set(Setting, i32),
    /// The suite cannot be started or waited for.
    #[error("run the suite: {}", words(.0))]
    Suite(i32),
}

fn words(errno: &i32) -> io::Error {
    io::Error::from_raw_os_error(*errno)
}

#[cfg(test)]
mod tests {
    use super::GuestFailure;
    use crate::plan::Setting;

    #[test]
    fn what_people_read() {
        let load = |parameters: &str| GuestFailure::Load {
            module: "/kvm-amd.ko".to_owned(),
            parameters: parameters.to_owned(),
            errno: 22,
        };
        let setting = Setting { file: "/sys/x".to_owned(), value: "7".to_owned() };
        let all = [
            GuestFailure::Mount("/dev".to_owned(), 19),
            GuestFailure::Open("/dev/ttyS1".to_owned(), 2),
            GuestFailure::WrongPlan(1, 7),
            GuestFailure::SetUpPort("/dev/ttyS1".to_owned(), 25),
            GuestFailure::Create("/run/of".to_owned(), 17),
            load("vnmi=1"),
            load(""),
            GuestFailure::Unload("kvm_amd".to_owned(), 11),
            GuestFailure::Set(setting, 13),
            GuestFailure::Suite(8),
        ];
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        mount /dev: No such device (os error 19)
        open /dev/ttyS1: No such file or directory (os error 2)
        /plan.json:1:7 is not of this version; build the lab and its lab-init from one checkout
        set up /dev/ttyS1: Inappropriate ioctl for device (os error 25)
        create /run/of: File exists (os error 17)
        load /kvm-amd.ko vnmi=1: Invalid argument (os error 22)
        load /kvm-amd.ko: Invalid argument (os error 22)
        unload kvm_amd: Resource temporarily unavailable (os error 11)
        write 7 to /sys/x: Permission denied (os error 13)
        run the suite: Exec format error (os error 8)
        ");
        for failure in all {
            let text = serde_json::to_string(&failure).unwrap();
            assert_eq!(serde_json::from_str::<GuestFailure>(&text).unwrap(), failure, "{text}");
        }
    }
}
