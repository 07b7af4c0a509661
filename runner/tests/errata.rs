//! The errata that processors have by the suite's list, and the command that shows them.

use std::process::Command;

use runner::case::{Library, Source, load};
use runner::host::HostFacts;
use runner::suite::{errata_of, host_errata};
use runner::terms::{Processor, Vendor};

fn library() -> Library {
    load(&Source::Embedded).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(false)))
}

fn processor(vendor: Vendor, family: u32, model: u32, stepping: u32) -> Processor {
    let [family, model, stepping] = [family, model, stepping].map(Some);
    Processor { vendor: Some(vendor), family, model, stepping }
}

fn ids(processor: Processor) -> Vec<String> {
    errata_of(&library(), processor).into_iter().map(|erratum| erratum.id).collect()
}

/// What the command prints for these arguments, and its exit code.
fn nmi(arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_nmi")).arg("errata").args(arguments).output().expect("it starts");
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (String::from_utf8(text).expect("text"), output.status.code())
}

#[test]
fn a_processor_has_the_errata_of_its_family_model_and_stepping() {
    let of = |model, stepping| ids(processor(Vendor::Amd, 0x15, model, stepping));
    assert_eq!(of(0x01, 2), ["AMD 361", "AMD 659", "AMD 663", "AMD 720"]);
    assert_eq!(of(0x02, 0), ["AMD 361", "AMD 663", "AMD 720"], "659 was mended");
    assert_eq!(of(0x30, 1), ["AMD 361"]);
    assert_eq!(of(0x40, 1), [""; 0], "no document that was read is about it");
    assert_eq!(ids(processor(Vendor::Intel, 0x15, 0x01, 2)), [""; 0], "of another vendor");
    assert_eq!(ids(processor(Vendor::Intel, 6, 0x8f, 8)), [""; 0]);
    assert_eq!(ids(processor(Vendor::Intel, 6, 0x97, 2)), ["Intel ADL002"]);
}

#[test]
fn numbers_of_several_documents_stand_together() {
    let sandy_bridge = errata_of(&library(), processor(Vendor::Intel, 6, 0x2a, 7));
    let window = sandy_bridge.iter().find(|erratum| erratum.id == "Intel BJ30/BK30").expect("it is listed");
    assert_eq!(
        window.source,
        "2nd Generation Intel Core Desktop Specification Update 324643 rev. 037; \
         2nd Generation Intel Core Mobile Specification Update 324827 rev. 034"
    );
}

#[test]
fn an_emulated_processor_has_none_and_a_hypervisor_is_mentioned() {
    let library = library();
    let mut host = HostFacts::read();
    (host.vendor_id, host.family, host.model, host.stepping) = ("GenuineIntel".to_owned(), 6, 0x97, 2);
    (host.emulator, host.hypervisor) = (None, false);
    let words = |host: &HostFacts| (host_errata(&library, host).list.len(), host_errata(&library, host).words);
    assert_eq!(words(&host), (1, "1 known".to_owned()));
    host.hypervisor = true;
    assert_eq!(words(&host), (1, "1 known, if the processor is the one that the hypervisor below shows".to_owned()));
    host.emulator = Some("Bochs".to_owned());
    let none = "none listed: the processor is part of Bochs, which has faults of its own";
    assert_eq!(words(&host), (0, none.to_owned()));
    host.emulator = None;
    host.vendor_id = "HygonGenuine".to_owned();
    assert_eq!(words(&host), (0, "none listed: no document of HygonGenuine was read".to_owned()));
}

#[test]
fn the_command_shows_an_invented_processor() {
    let (text, code) = nmi(&["--vendor", "amd", "--family", "0x15", "--model", "1h", "--stepping", "2"]);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!("bulldozer", text);
    assert_eq!(nmi(&["--family", "0x19"]), ("none known of such a processor\n".to_owned(), Some(0)));
    let (all, _) = nmi(&["--all"]);
    assert!(all.ends_with("\n25 errata\n"), "{all}");
    for (bad, why) in [
        (&["--model", "1"][..], "--family"),
        (&["--all", "--family", "6"], "cannot be used with"),
        (&["--family", "zen"], "write a number such as 25, 0x19 or 19h"),
        (&["--vendor", "via"], "[possible values: amd, intel]"),
    ] {
        let (text, code) = nmi(bad);
        assert!(code == Some(2) && text.contains(why), "{bad:?}: {text}");
    }
}
