//! Guests as they come out of the builder, in every mode.

use super::*;
use crate::{Boot, Gate, Section, Word};

fn wiring(raise: RaiseBy) -> Wiring {
    Wiring { raise, sender: false, constants: BTreeMap::new() }
}

fn program(sections: &[(&str, &str)]) -> Program {
    let section = |&(word, text): &(&str, &str)| Section {
        name: SectionName::from_word(word).expect("a section's word"),
        text: text.to_owned(),
    };
    Program { sections: sections.iter().map(section).collect(), boot: Boot::default() }
}

/// The example that every mode runs.
fn example() -> Program {
    program(&[
        ("main", "mark start\nraise\nmark after\ndone\n"),
        (
            "nmi",
            "mark nmi, frame\ndec byte [again]\njnz leave\nraise\nsnap held ; the second one waits\nleave:\niret\n",
        ),
        ("data", "again: db 1\n"),
    ])
}

fn messages(problems: &[Problem]) -> String {
    let message = |problem: &Problem| match problem {
        Problem::Line(error) => format!("{}:{}: {error}", error.unit, error.line + 1),
        whole => whole.to_string(),
    };
    problems.iter().map(message).collect::<Vec<_>>().join("\n")
}

fn built(program: &Program, mode: Mode, wiring: &Wiring) -> Guest {
    build(program, mode, wiring).unwrap_or_else(|problems| panic!("{mode}: {}", messages(&problems)))
}

fn refused(program: &Program, mode: Mode, wiring: &Wiring) -> String {
    match build(program, mode, wiring) {
        Ok(_) => panic!("built"),
        Err(problems) => messages(&problems),
    }
}

#[test]
fn only_a_processor_whose_code_uses_it_has_far_memory_in_real_mode() {
    let limits = |raise, sender| -> Vec<u32> {
        let guest = built(&example(), Mode::Real, &Wiring { sender, ..wiring(raise) });
        guest.start.iter().map(|start| start.fs.limit).collect()
    };
    assert_eq!(limits(RaiseBy::Host, false), [0xffff]);
    assert_eq!(limits(RaiseBy::X2Apic, false), [0xffff]);
    assert_eq!(limits(RaiseBy::XApic, false), [u32::MAX]);
    let sending = program(&[("main", "mark start\ndone\n")]);
    let guest = built(&sending, Mode::Real, &Wiring { sender: true, ..wiring(RaiseBy::XApic) });
    assert_eq!(guest.start.iter().map(|start| start.fs.limit).collect::<Vec<_>>(), [0xffff, u32::MAX]);
}

#[test]
fn every_mode_and_way_of_raising_builds_the_example() {
    for mode in Mode::ALL {
        for raise in [RaiseBy::Host, RaiseBy::XApic, RaiseBy::X2Apic] {
            let guest = built(&example(), mode, &wiring(raise));
            assert_eq!(guest.marks, ["start", "after", "nmi", "held"]);
            assert_eq!(guest.start.len(), 1);
            assert_eq!(guest.start[0].rip, 0x2000);
            assert_eq!(guest.symbols.get("main"), Some(&0x2000));
            assert_eq!(guest.symbols.get("again"), Some(&0x5000));
            assert!(guest.memory.len() < 0x2_0000, "{:x}", guest.memory.len());
            assert!(guest.memory.last().is_some_and(|&byte| byte != 0));
            assert_eq!(guest.memory[0x5000], 1);
            assert_eq!(guest.x2apic, raise == RaiseBy::X2Apic);
            assert!(guest.listing.is_sorted_by_key(|line| line.address));
        }
    }
}

#[test]
fn snaps_are_found_where_their_out_is() {
    for mode in Mode::ALL {
        let guest = built(&example(), mode, &wiring(RaiseBy::Host));
        let snaps: Vec<&Site> = guest.sites.iter().filter(|site| site.word == Some(Word::Snap)).collect();
        assert_eq!(snaps, guest.mark_sites("held").collect::<Vec<_>>(), "{mode}");
        let [Site { exit: Some(exit), .. }] = snaps.as_slice() else { panic!("{snaps:?}") };
        let at = exit.address as usize;
        assert_eq!(guest.memory[at..at + 2], [0xe6, 0xe0], "{mode}");
        assert_eq!(guest.symbols.get("leave"), Some(&(exit.address + 2)), "{mode}: the boundary after it is the label");
    }
}

#[test]
fn every_pseudo_instruction_has_its_site() {
    let text = "mark start, frame\nnop\n again: snap held, error-frame\nraise\narm\nirq\neoi\niret\nout 0E1h, al\nout 0E0h, ax\ndone\n";
    for mode in Mode::ALL {
        let guest = built(&program(&[("main", text)]), mode, &wiring(RaiseBy::Host));
        let line_of = |site: &Site| guest.listing.iter().position(|line| line.address == site.address).expect("a line");
        let told: Vec<String> = guest
            .sites
            .iter()
            .map(|site| {
                let lines = &guest.listing[line_of(site)..];
                let port = site.exit.map(|exit| {
                    let out = lines.iter().find(|line| line.address == exit.address).expect("an OUT");
                    assert_eq!(out.bytes, [0xe6, exit.port], "{mode}");
                    exit.port
                });
                let call = site.call.map(|call| {
                    let (at, next) = (&lines[1], &lines[2]);
                    assert_eq!((at.address, next.address), (call.address, call.returns), "{mode}");
                    assert_eq!(guest.mark_site(call.returns), Some(site));
                    at.text.split(' ').next().unwrap_or_default().to_owned()
                });
                format!("{} {:?} {:?} {:?} {call:?} {port:x?}", site.line, site.word, site.mark, site.frame)
            })
            .collect();
        insta::assert_snapshot!("sites", told.join("\n"));
    }
    let own = built(&program(&[("main", "raise\ndone\n")]), Mode::Long, &wiring(RaiseBy::XApic));
    assert_eq!(own.sites[0].exit, None, "the guest raises by itself");
}

#[test]
fn handlers_stand_in_the_tables() {
    let guest = built(&example(), Mode::Long, &wiring(RaiseBy::Host));
    let gate = |vector: usize| {
        let at = 0x1_1fd0 + 16 * vector;
        u64::from(u16::from_le_bytes([guest.memory[at], guest.memory[at + 1]]))
    };
    assert_eq!(Some(&gate(2)), guest.symbols.get("nmi"));
    assert_eq!(Some(&gate(13)), guest.symbols.get("__default_0d"));
    let real = built(&example(), Mode::Real, &wiring(RaiseBy::Host));
    let vector = u64::from(u16::from_le_bytes([real.memory[8], real.memory[9]]));
    assert_eq!(Some(&vector), real.symbols.get("nmi"));
}

#[test]
fn default_handlers_even_out_the_error_code() {
    let text = |mode, label: &str| -> Vec<String> {
        let guest = built(&example(), mode, &wiring(RaiseBy::Host));
        let start = guest.symbols[label];
        let lines = guest.listing.iter().skip_while(|line| line.address < start);
        lines.take(2).map(|line| line.text.clone()).collect()
    };
    assert_eq!(text(Mode::Long, "__default_03"), ["push 0", "push 3"]);
    assert_eq!(text(Mode::Long, "__default_0d")[0], "push 0Dh");
    assert_eq!(text(Mode::Real, "__default_0d"), ["push 0", "push 0Dh"]);
}

#[test]
fn a_second_processor_runs_peer_or_the_sender() {
    let mut two = example();
    two.sections.push(Section { name: SectionName::Peer, text: "raise\ndone\n".to_owned() });
    let guest = built(&two, Mode::Long, &wiring(RaiseBy::XApic));
    assert_eq!(guest.start.len(), 2);
    assert_eq!(Some(&guest.start[1].rip), guest.symbols.get("peer"));
    assert_eq!(guest.start[1].gs.base, 0x1080);
    for mode in Mode::ALL {
        let guest = built(&example(), mode, &Wiring { sender: true, ..wiring(RaiseBy::Host) });
        assert!(guest.sender);
        assert_eq!(Some(&guest.start[1].rip), guest.symbols.get("__sender"));
    }
    assert!(refused(&two, Mode::Long, &Wiring { sender: true, ..wiring(RaiseBy::Host) }).contains("both"));
}

#[test]
fn smm_code_stands_where_the_processor_enters_it() {
    let mut program = example();
    program
        .sections
        .push(Section { name: SectionName::Smm, text: "mark smm\nsnap look\nmov byte [again], 2\nrsm\n".into() });
    for mode in Mode::ALL {
        let guest = built(&program, mode, &wiring(RaiseBy::Host));
        assert_eq!(guest.symbols.get("smm"), Some(&0x8000), "{mode}");
        assert_eq!(guest.memory[0x3_8000], 0x6a, "{mode}: PUSH of a byte");
        let site = guest.mark_sites("look").find_map(|site| site.exit);
        let at = site.expect("a snap in SMM").address as usize;
        assert!((0x3_8000..0x3_9000).contains(&at), "{mode}");
        assert_eq!(guest.memory[at..at + 2], [0xe6, 0xe0], "{mode}");
    }
}

#[test]
fn constants_serve_the_texts() {
    let mut constants = BTreeMap::new();
    constants.insert("PMC0".to_owned(), 0xc1);
    let wiring = Wiring { constants, ..wiring(RaiseBy::Host) };
    let text = "mov ecx, PMC0\nmov xsp, main_top\nmov xbp, xsp\nmov xax, [xbp + 2*SLOT]\npush KERNEL_CS\nmov word [absent], 1\ndone\n";
    for mode in Mode::ALL {
        built(&program(&[("main", text)]), mode, &wiring);
    }
    let text = "mov eax, [absent_pte]\nand dword [absent_pte], ~PTE_PRESENT\npush USER_DS\ninvlpg [absent]\ndone\n";
    for mode in [Mode::Protected, Mode::Long] {
        built(&program(&[("main", text)]), mode, &wiring);
    }
}

#[test]
fn every_problem_is_reported_at_once() {
    let mut bad =
        program(&[("nmi", "mark\nraise 2\niret\n"), ("data", "scratch: db 1\n"), ("gp", "arm\nmov eax, [nowhere]\n")]);
    bad.boot.user = true;
    bad.boot.gates.insert(2, Gate::Trap);
    let mut wiring = wiring(RaiseBy::XApic);
    wiring.constants.insert("SLOT".to_owned(), 3);
    insta::assert_snapshot!(refused(&bad, Mode::Real, &wiring));
}

#[test]
fn the_listing_reads_well() {
    let guest = built(&example(), Mode::Long, &wiring(RaiseBy::Host));
    let line = |line: &Arc<Line>| {
        let bytes: String = line.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let section = line.section.map_or("-", SectionName::word);
        format!("{:05x} {bytes:20} {section:>5} {} {}", line.address, line.line, line.text)
    };
    // The default handlers are 33 times the same.
    let defaults = guest.symbols["__defaults"]..0x5000;
    let lines: Vec<String> = guest.listing.iter().filter(|line| !defaults.contains(&line.address)).map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_guest_hypervisor_has_its_vmcb_and_its_guest() {
    let main = "vmcb int_ctl +V_NMI\nvmcb rip = second\nvmrun\nmark back, exit\ndone";
    let program = program(&[("main", main), ("l2", "nop\nsecond: mark l2\nvmmcall"), ("l2-nmi", "iret")]);
    let guest = built(&program, Mode::Long, &wiring(RaiseBy::Host));
    assert_eq!((guest.symbols["l2"], guest.symbols["second"]), (0x2_0000, 0x2_0001));
    assert_eq!(guest.start[0].efer & 0x1000, 0x1000);
    assert_eq!(guest.start[0].hsave, 0x2_6000);
    let gate = u64::from(guest.memory[0x2_2ff0])
        | u64::from(guest.memory[0x2_2ff1]) << 8
        | u64::from(guest.memory[0x2_2ff6]) << 16;
    assert_eq!(gate, guest.symbols["l2_nmi"]);
    let texts: Vec<&str> = guest
        .listing
        .iter()
        .filter(|line| line.section == Some(SectionName::Main))
        .map(|line| line.text.as_str())
        .collect();
    assert_eq!(texts[0], "or dword ptr [25060h],800h");
    assert!(texts.contains(&"vmrun rax") || texts.contains(&"vmrun"), "{texts:?}");
    let level: Vec<_> = guest.sites.iter().map(|site| (site.word, site.section)).collect();
    assert!(level.contains(&(Some(Word::Mark), SectionName::L2)), "{level:?}");
}

#[test]
fn what_only_a_hypervisor_has_is_refused_elsewhere() {
    let words = |sections: &[(&str, &str)]| {
        messages(&build(&program(sections), Mode::Long, &wiring(RaiseBy::Host)).expect_err("it is refused"))
    };
    assert!(words(&[("main", "vmrun\ndone")]).contains("write a section `l2`"));
    let inside = words(&[("main", "done"), ("l2", "mark x, exit\nvmmcall")]);
    assert!(inside.contains("for the hypervisor, not for its guest"));
    assert!(words(&[("main", "done"), ("l2-nmi", "iret")]).contains("starts in a section `l2`"));
}

#[test]
fn a_hypervisor_of_intels_starts_by_filling_the_vmcs() {
    let main = "vmcs pin +NMI_EXITING\nvmlaunch\nmark back, exit\nvmresume\ndone";
    let program = program(&[("main", main), ("l2", "nop\nvmcall"), ("l2-nmi", "iret")]);
    let guest = built(&program, Mode::Long, &wiring(RaiseBy::Host));
    assert_eq!((guest.hypervisor, guest.start[0].hsave), (Some(Hypervisor::Vmx), 0));
    assert_eq!(guest.start[0].rip, guest.symbols["__vmx_start"]);
    assert_eq!(u64::from(guest.memory[0x2_7408]) | u64::from(guest.memory[0x2_7409]) << 8, guest.symbols["main"]);
    let lines: Vec<&Arc<Line>> = guest.listing.iter().filter(|line| line.section == Some(SectionName::Main)).collect();
    let launch = lines.iter().position(|line| line.text == "vmlaunch").expect("VMLAUNCH");
    // Only a VMfail executes the line behind it; an exit goes on with the next statement.
    assert_eq!(lines[launch + 1].text, "mov dword ptr [27410h],1");
    let next = guest.sites.iter().find(|site| site.word == Some(Word::Mark)).expect("a mark").address;
    assert!(lines.iter().any(|line| line.text == format!("mov rcx,{next:X}h")), "{lines:#?}");
}

#[test]
fn a_guest_is_one_vendors_hypervisor() {
    let sections = [("main", "vmcs rip = l2\nvmrun\nvmlaunch 3\ndone"), ("l2", "hlt")];
    let problems = build(&program(&sections), Mode::Long, &wiring(RaiseBy::Host)).expect_err("it is refused");
    assert_eq!(
        messages(&problems),
        "main:2: `vmrun` does not go with `vmcs`, `vmlaunch` and `vmresume`, which are Intel's: write a case for each vendor\n\
         main:3: `vmlaunch` takes no operands, but `3` follows it"
    );
}
