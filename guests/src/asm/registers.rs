//! Names of registers.

use std::collections::HashMap;
use std::sync::OnceLock;

use iced_x86::{Formatter, IntelFormatter, Register};

use super::problem::{Problem, Span};

/// Names for the register of the region's own width.
const BY_WIDTH: [(&str, Register, Register, Register); 8] = [
    ("xax", Register::AX, Register::EAX, Register::RAX),
    ("xbx", Register::BX, Register::EBX, Register::RBX),
    ("xcx", Register::CX, Register::ECX, Register::RCX),
    ("xdx", Register::DX, Register::EDX, Register::RDX),
    ("xsi", Register::SI, Register::ESI, Register::RSI),
    ("xdi", Register::DI, Register::EDI, Register::RDI),
    ("xbp", Register::BP, Register::EBP, Register::RBP),
    ("xsp", Register::SP, Register::ESP, Register::RSP),
];

fn table() -> &'static HashMap<String, Register> {
    static TABLE: OnceLock<HashMap<String, Register>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = HashMap::new();
        let mut formatter = IntelFormatter::new();
        for register in Register::values() {
            // The formatter has st(0) for what is st0 here, and question marks for numbers that are no register's.
            let name = formatter.format_register(register).replace(['(', ')'], "");
            if name.contains('?') {
                continue;
            }
            // AMD's manual and most assemblers call the low bytes of the numbered registers r8b, Intel's manual r8l.
            if register.is_gpr8() && name.starts_with('r') {
                table.insert(name.replace('b', "l"), register);
            }
            table.insert(name, register);
        }
        // It also takes the place of a number that is no register's and that the formatter calls so.
        table.insert("st".to_owned(), Register::ST0);
        table
    })
}

/// The register of that name (in lower case) in code of that many bits.
pub(super) fn register(name: &str, bits: u32) -> Option<Register> {
    if let Some(&(_, word, dword, qword)) = BY_WIDTH.iter().find(|row| row.0 == name) {
        return Some(match bits {
            16 => word,
            32 => dword,
            _ => qword,
        });
    }
    table().get(name).copied()
}

/// Whether code of that many bits can name the register.
pub(super) fn exists(register: Register, bits: u32) -> bool {
    let numbered = (register.is_gpr() || register.is_vector_register()) && register.number() >= 8;
    let low_byte = matches!(register, Register::SPL | Register::BPL | Register::SIL | Register::DIL);
    bits == 64 || !(register.is_gpr64() || register.is_ip() || low_byte || numbered)
}

/// Every name, for suggestions.
pub(super) fn names<'a>() -> impl Iterator<Item = &'a str> {
    table().keys().map(String::as_str).chain(BY_WIDTH.iter().map(|row| row.0))
}

/// Checks that code of that many bits can name the register.
pub(super) fn check_exists(register: Register, bits: u32, span: Span) -> Result<(), Problem> {
    if exists(register, bits) {
        return Ok(());
    }
    let mut formatter = IntelFormatter::new();
    let name = formatter.format_register(register);
    Err(Problem::new(span, format!("register {name} exists in 64-bit code only")))
}
