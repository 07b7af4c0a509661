//! Guest hypervisors on AMD's model: what each exit reports, with and without a mutant.

use guests::abi::FrameKind;
use guests::{Boot, L2Boot};
use x86::svm::IntCtl;

use crate::machine::model::testing::Level1;
use crate::terms::Vendor;

/// Of each exit its code, what was being delivered, and the virtual NMI's two bits.
const SVM: Level1 = Level1 {
    vendor: Vendor::Amd,
    exit: FrameKind::Exit,
    told: |record| {
        let [code, event, _, control, ..] = record.stack;
        let control = IntCtl::from_bits(control as u32);
        let event = if event >> 31 & 1 == 0 { "-".to_owned() } else { format!("{:x}", event & 0x7ff) };
        let virtual_nmi = [control.v_nmi(), control.v_nmi_mask()].map(u8::from);
        format!("{code:x} {event} {}{}", virtual_nmi[0], virtual_nmi[1])
    },
};

#[test]
fn gif_holds_an_nmi_until_stgi() {
    let sections =
        [("main", "clgi\nraise\nmark held\nstgi\nmark after\ndone"), ("nmi", "mark nmi\niret"), ("l2", "hlt")];
    assert_eq!(SVM.run(&sections), ["held", "nmi", "after"]);
    SVM.differs("gif-does-not-hold-nmis", &sections);
}

const IN_L2: [(&str, &str); 4] = [
    ("main", "vmrun\nmark out, exit\nmark held\nstgi\nmark back\ndone"),
    ("nmi", "mark nmi\niret"),
    ("l2", "mark l2\nraise\nmark l2-after\nvmmcall"),
    ("l2-nmi", "mark l2-nmi\niret"),
];

#[test]
fn an_nmi_that_is_not_intercepted_is_delivered_in_l2() {
    assert_eq!(SVM.run(&IN_L2), ["l2", "l2-nmi", "l2-after", "out 81 - 00", "held", "back"]);
    SVM.differs("nmi-always-exits", &IN_L2);
}

#[test]
fn an_intercepted_nmi_stays_pending_until_stgi() {
    let main = "vmcb intercepts +NMI\nvmrun\nmark out, exit\nstgi\nmark back\nvmrun\nmark again, exit\ndone";
    let sections = [("main", main), IN_L2[1], IN_L2[2], IN_L2[3]];
    assert_eq!(SVM.run(&sections), ["l2", "out 61 - 00", "nmi", "back", "l2-after", "again 81 - 00"]);
    for mutant in ["nmi-exit-consumes", "nmi-intercept-ignored", "exit-leaves-gif"] {
        SVM.differs(mutant, &sections);
    }
}

#[test]
fn an_nmi_that_waits_at_vmrun_goes_before_the_first_instruction() {
    let sections = [
        ("main", "clgi\nraise\nvmrun\nmark out, exit\ndone"),
        ("l2", "nop\nmark l2\nvmmcall"),
        ("l2-nmi", "mark l2-nmi, frame\niret"),
    ];
    assert_eq!(SVM.run(&sections), ["l2-nmi", "l2", "out 81 - 00"]);
    SVM.differs("vmrun-leaves-gif", &sections);
}

#[test]
fn an_inconsistent_vmcb_exits_and_clears_gif() {
    let main = "vmcb asid = 0\nvmrun\nmark out, exit\nraise\nmark held\nstgi\nmark back\ndone";
    let sections = [("main", main), ("nmi", "mark nmi\niret"), ("l2", "mark l2\nvmmcall")];
    assert_eq!(SVM.run(&sections), ["out ffffffffffffffff - 00", "held", "nmi", "back"]);
    for mutant in ["invalid-exit-leaves-gif", "address-space-zero-runs"] {
        SVM.differs(mutant, &sections);
    }
}

#[test]
fn an_injected_nmi_is_delivered_once_and_masks_nothing() {
    let main = "vmcb eventinj = NMI\nvmrun\nmark out, exit\nvmrun\nmark again, exit\ndone";
    let sections = [
        ("main", main),
        ("l2", "mark l2\nvmmcall"),
        (
            "l2-nmi",
            "mark l2-nmi\ninc byte [count]\ncmp byte [count], 1\njnz leave\nraise\nmark l2-behind\nleave:\niret",
        ),
        ("data", "count: db 0"),
    ];
    assert_eq!(SVM.run(&sections), ["l2-nmi", "l2-nmi", "l2-behind", "l2", "out 81 - 00", "again 81 - 00"]);
    SVM.differs("injection-is-repeated", &sections);
    SVM.differs("injected-nmi-blocks", &sections);
    SVM.differs("injection-waits-for-flag", &sections);
}

#[test]
fn a_fault_in_an_injection_exits_and_reports_the_nmi() {
    let mut boot = Boot { l2: L2Boot::default(), ..Boot::default() };
    boot.l2.gates.insert(2, guests::Gate::NotPresent);
    let main = "vmcb eventinj = NMI\nvmcb exceptions +NP\nvmrun\nmark out, exit\ndone";
    let sections = [("main", main), ("l2", "mark l2\nvmmcall"), ("l2-np", "mark l2-np\nvmmcall")];
    assert_eq!(SVM.run_with(None, boot.clone(), &sections), ["out 4b 202 00"]);
    assert_eq!(SVM.run_with(Some("exit-forgets-delivery"), boot.clone(), &sections), ["out 4b - 00"]);
    assert_eq!(SVM.run_with(Some("fault-in-injection-stays"), boot.clone(), &sections), ["l2-np", "out 81 - 00"]);
    // A virtual one: its mask is saved as 0.
    let main =
        "vmcb int_ctl +V_NMI_ENABLE +V_NMI\nvmcb intercepts +NMI\nvmcb exceptions +NP\nvmrun\nmark out, exit\ndone";
    let sections = [("main", main), sections[1], sections[2]];
    assert_eq!(SVM.run_with(None, boot.clone(), &sections), ["out 4b 202 00"]);
    assert_eq!(SVM.run_with(Some("exit-in-delivery-keeps-mask"), boot, &sections), ["out 4b 202 01"]);
}

const VIRTUAL: [(&str, &str); 3] = [
    (
        "main",
        "vmcb intercepts +NMI\nvmcb int_ctl +V_NMI_ENABLE +V_NMI\nvmrun\nmark in-handler, exit\nadd qword [vmcb_rip], 3\n\
         vmcb int_ctl +V_NMI\nvmrun\nmark again, exit\nadd qword [vmcb_rip], 3\nvmrun\nmark end, exit\ndone",
    ),
    ("l2", "mark l2\nvmmcall"),
    ("l2-nmi", "mark l2-nmi\nvmmcall\niret"),
];

#[test]
fn a_virtual_nmi_masks_until_iret() {
    assert_eq!(SVM.run(&VIRTUAL), ["l2-nmi", "in-handler 81 - 01", "l2-nmi", "again 81 - 01", "l2", "end 81 - 00"]);
    for mutant in ["virtual-nmi-does-not-mask", "iret-keeps-virtual-mask", "virtual-mask-is-not-saved"] {
        SVM.differs(mutant, &VIRTUAL);
    }
}

#[test]
fn a_physical_nmi_goes_before_a_virtual_one() {
    let main =
        "vmcb intercepts +NMI\nvmcb int_ctl +V_NMI_ENABLE +V_NMI\nclgi\nraise\nvmrun\nmark out, exit\nstgi\ndone";
    let sections = [("main", main), ("nmi", "mark nmi\niret"), VIRTUAL[1], VIRTUAL[2]];
    assert_eq!(SVM.run(&sections), ["out 61 - 10", "nmi"]);
    SVM.differs("virtual-before-physical", &sections);
}

#[test]
fn virtual_nmis_need_the_intercept_and_the_virtual_gif() {
    let sections = [("main", "vmcb int_ctl +V_NMI_ENABLE\nvmrun\nmark out, exit\ndone"), VIRTUAL[1]];
    assert_eq!(SVM.run(&sections), ["out ffffffffffffffff - 00"]);
    SVM.differs("virtual-nmis-without-intercept", &sections);

    let main = "vmcb intercepts +NMI\nvmcb int_ctl +V_NMI_ENABLE +V_NMI +V_GIF_ENABLE\nvmrun\nmark out, exit\ndone";
    let sections = [("main", main), ("l2", "mark l2\nstgi\nmark l2-after\nvmmcall"), ("l2-nmi", "mark l2-nmi\niret")];
    assert_eq!(SVM.run(&sections), ["l2", "l2-nmi", "l2-after", "out 81 - 00"]);
    SVM.differs("virtual-gif-is-ignored", &sections);
    SVM.differs("guest-stgi-is-ignored", &sections);
}

#[test]
fn hlt_and_iret_exit_at_their_own_address() {
    let main = "vmcb intercepts +HLT +IRET\nvmrun\nmark out, exit\nmov rax, halt\ncmp [vmcb_rip], rax\njne bad\nmark same\n\
                bad:\nvmcb eventinj = NMI\nvmrun\nmark iret, exit\ndone";
    let sections =
        [("main", main), ("l2", "halt:\nhlt\nvmmcall"), ("l2-nmi", "mark l2-nmi\npush 0\nmov rsp, 10h\niret")];
    assert_eq!(SVM.run(&sections), ["out 78 - 00", "same", "l2-nmi", "iret 74 - 00"]);
    SVM.differs("hlt-exit-is-behind", &sections);
    SVM.differs("iret-exits-late", &sections);
}

#[test]
fn a_triple_fault_of_l2_exits() {
    let boot = Boot { l2: L2Boot { idt_limit: Some(0), ..L2Boot::default() }, ..Boot::default() };
    let sections = [("main", "vmrun\nmark out, exit\ndone"), ("l2", "ud2")];
    let seen = SVM.run_with(None, boot.clone(), &sections);
    assert!(seen[0].starts_with("out 7f"), "{seen:?}");
    assert_eq!(SVM.run_with(Some("shutdown-intercept-ignored"), boot, &sections), ["Shutdown"]);
}

#[test]
fn an_nmi_ends_the_halt_of_l2() {
    let l2 = ("l2", "arm\nhlt\nmark l2-after\nvmmcall");
    let sections = [("main", "vmrun\nmark out, exit\ndone"), l2, IN_L2[3]];
    assert_eq!(SVM.run(&sections), ["l2-nmi", "l2-after", "out 81 - 00"]);
    let sections =
        [("main", "vmcb intercepts +NMI\nvmrun\nmark out, exit\nvmcb intercepts -NMI\nvmrun\ndone"), l2, IN_L2[3]];
    assert_eq!(SVM.run(&sections), ["out 61 - 00", "l2-nmi", "l2-after"]);
}
