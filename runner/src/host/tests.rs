//! Facts of made-up hosts, and what follows from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::{Device, HostFacts, Module, Strategy};
use crate::terms::Vendor;

fn module(name: &str, vnmi: Option<&str>) -> Option<Module> {
    let parameters = vnmi.map(|value| ("vnmi".to_owned(), value.to_owned())).into_iter().collect();
    Some(Module { name: name.to_owned(), parameters })
}

fn host(vendor: Vendor, module: Option<Module>, virtual_nmis: Option<bool>, kernel: &str) -> HostFacts {
    HostFacts {
        vendor,
        vendor_id: if vendor == Vendor::Amd { "AuthenticAMD" } else { "GenuineIntel" }.to_owned(),
        family: 0x19,
        model: 0x11,
        stepping: 1,
        brand: "a processor".to_owned(),
        microcode: "0xa101148".to_owned(),
        hypervisor: false,
        virtualization: true,
        virtual_nmis,
        emulator: None,
        kernel: kernel.to_owned(),
        kernel_version: kernel.to_owned(),
        kernel_log: None,
        module,
        kvm_parameters: BTreeMap::new(),
        device: Device::Usable,
        capabilities: Vec::new(),
    }
}

#[test]
fn the_strategy_follows_from_module_parameter_and_processor() {
    let amd = |vnmi, bit| host(Vendor::Amd, module("kvm_amd", vnmi), bit, "6.12.1").strategy();
    assert_eq!(amd(Some("Y"), Some(true)), Strategy::AmdVnmi);
    assert_eq!(amd(Some("1"), Some(true)), Strategy::AmdVnmi);
    assert_eq!(amd(Some("N"), Some(true)), Strategy::AmdEventInjection);
    // Zen 4 by name and vnmi=1, but the bit is hidden (an older processor, or a hypervisor below).
    assert_eq!(amd(Some("Y"), Some(false)), Strategy::AmdEventInjection);
    assert_eq!(amd(Some("0"), Some(true)), Strategy::AmdEventInjection);
    // Before Linux 6.4 there is no parameter, whatever the processor, and /proc/cpuinfo does not know the bit.
    assert_eq!(amd(None, Some(false)), Strategy::AmdEventInjection);
    assert_eq!(amd(None, Some(true)), Strategy::AmdEventInjection);

    let intel = |vnmi, bit| host(Vendor::Intel, module("kvm_intel", vnmi), bit, "5.10.1").strategy();
    assert_eq!(intel(Some("Y"), Some(true)), Strategy::IntelVnmi);
    assert_eq!(intel(Some("Y"), None), Strategy::IntelVnmi);
    assert_eq!(intel(Some("N"), Some(true)), Strategy::IntelSoftVnmi);
    assert_eq!(intel(Some("Y"), Some(false)), Strategy::IntelSoftVnmi);

    let other = host(Vendor::Intel, module("kvm_pvm", None), Some(false), "6.18.0").strategy();
    assert_eq!(other, Strategy::Other("kvm_pvm".to_owned()));
    assert_eq!(other.to_string(), "other:kvm_pvm");
    assert_eq!(host(Vendor::Amd, None, Some(true), "6.12.1").strategy(), Strategy::None);
}

#[test]
fn people_read_how_to_switch() {
    let zen4 = host(Vendor::Amd, module("kvm_amd", Some("Y")), Some(true), "6.12.1");
    insta::assert_snapshot!(zen4.how_to_switch().join("\n"), @r"
    amd-event-injection: modprobe -r kvm_amd && modprobe kvm_amd vnmi=0  (with no guest running)
    intel-soft-vnmi: needs an Intel processor; this one is AuthenticAMD
    intel-vnmi: needs an Intel processor; this one is AuthenticAMD
    ");
    let zen3 = host(Vendor::Amd, module("kvm_amd", Some("N")), Some(false), "6.12.1");
    insta::assert_snapshot!(zen3.how_to_switch().join("\n"), @r"
    amd-vnmi: this processor has no NMI virtualization; Zen 4 and later have it
    intel-soft-vnmi: needs an Intel processor; this one is AuthenticAMD
    intel-vnmi: needs an Intel processor; this one is AuthenticAMD
    ");
    let old = host(Vendor::Amd, module("kvm_amd", None), Some(false), "5.10.0-32-amd64");
    insta::assert_snapshot!(old.how_to_switch().join("\n"), @r"
    amd-vnmi: kvm_amd knows it from Linux 6.4 on; this is 5.10.0-32-amd64
    intel-soft-vnmi: needs an Intel processor; this one is AuthenticAMD
    intel-vnmi: needs an Intel processor; this one is AuthenticAMD
    ");
    let intel = host(Vendor::Intel, None, Some(true), "6.1.0");
    insta::assert_snapshot!(intel.how_to_switch().join("\n"), @r"
    amd-event-injection: needs an AMD processor; this one is GenuineIntel
    amd-vnmi: needs an AMD processor; this one is GenuineIntel
    intel-soft-vnmi: modprobe kvm_intel vnmi=0
    intel-vnmi: modprobe kvm_intel vnmi=1
    ");
}

/// A folder that looks like the root of a host, removed at the end.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("nmi-host-{}-{name}", std::process::id())))
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn facts_are_read_from_files() {
    let tree = Tree::new("zen4");
    tree.file(
        "proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC 9354\n\
         stepping\t: 1\nmicrocode\t: 0xa101148\nflags\t\t: fpu svm vgif vnmi\n\nprocessor\t: 1\nvendor_id\t: other\n",
    );
    tree.file("proc/sys/kernel/osrelease", "6.1.0-56-amd64\n");
    tree.file("proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-10-02)\n");
    tree.file("sys/class/dmi/id/bios_vendor", "The Bochs Project\n");
    tree.file("dev/kmsg", "");
    tree.file("sys/module/kvm/parameters/halt_poll_ns", "200000\n");
    tree.file("sys/module/kvm_amd/parameters/vnmi", "Y\n");
    tree.file("sys/module/kvm_amd/parameters/vgif", "1\n");
    tree.file("dev/kvm", "");
    let facts = HostFacts::read_below(&tree.0);
    assert_eq!(facts.strategy(), Strategy::AmdVnmi);
    let lines: Vec<String> = facts.facts().iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    vendor: AuthenticAMD
    processor: AMD EPYC 9354
    family/model/stepping: 19h/11h/1h
    microcode: 0xa101148
    SVM or VMX: yes
    virtual NMIs: yes
    hypervisor below: no
    emulated: Bochs
    kernel: 6.1.0-56-amd64 (Linux 6.1.192)
    kernel log: watched
    /dev/kvm: usable
    module: kvm_amd
    kernel version: 6.1.192
    kvm.halt_poll_ns: 200000
    kvm_amd.vgif: 1
    kvm_amd.vnmi: Y
    ");
}

#[test]
fn intels_flags_are_in_a_line_of_their_own() {
    let tree = Tree::new("intel");
    tree.file(
        "proc/cpuinfo",
        "vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx hypervisor\nvmx flags\t: vnmi preemption_timer\n",
    );
    tree.file("sys/module/kvm_intel/parameters/vnmi", "N\n");
    let facts = HostFacts::read_below(&tree.0);
    assert_eq!((facts.virtual_nmis, facts.hypervisor, facts.vendor), (Some(true), true, Vendor::Intel));
    assert_eq!((facts.device.clone(), facts.strategy()), (Device::Missing, Strategy::IntelSoftVnmi));
}

#[test]
fn a_folder_with_nothing_in_it_is_a_host_without_kvm() {
    let facts = HostFacts::read_below(&std::env::temp_dir().join("nmi-host-that-is-not-there"));
    assert_eq!((facts.strategy(), facts.device.clone()), (Strategy::None, Device::Missing));
    assert!(facts.facts().len() > 5);
    assert_eq!(facts.kernel_log.as_deref(), Some("/dev/kmsg is missing"));
}

#[test]
fn of_two_modules_the_processors_own_counts() {
    for (vendor_id, module) in [("AuthenticAMD", "kvm_amd"), ("GenuineIntel", "kvm_intel"), ("HygonGenuine", "kvm_amd")]
    {
        let tree = Tree::new(vendor_id);
        tree.file("proc/cpuinfo", &format!("vendor_id\t: {vendor_id}\nflags\t\t: svm vmx\n"));
        for known in ["kvm_amd", "kvm_intel", "kvm_aaa"] {
            tree.file(&format!("sys/module/{known}/parameters/vnmi"), "N\n");
        }
        let found = HostFacts::read_below(&tree.0).module.map(|module| module.name);
        assert_eq!(found.as_deref(), Some(module), "{vendor_id}");
    }
}
