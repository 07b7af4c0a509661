//! The assembler from outside: one text for each feature.

use std::collections::BTreeMap;

use guests::asm::{self, AsmError, Assembled, NoPseudo, Region, Unit};

fn assemble(bits: u32, text: &str) -> Result<Assembled, Vec<AsmError>> {
    let unit = Unit { name: "main", text };
    let region = Region { start: 0x2000, end: 0x5000, base: 0, bits, units: vec![unit] };
    let constants = BTreeMap::from([("ICR".to_owned(), 0xfee0_0300), ("SLOT".to_owned(), 8)]);
    asm::assemble(&[region], &constants, &mut NoPseudo)
}

fn hex(bits: u32, text: &str) -> String {
    match assemble(bits, text) {
        Ok(assembled) => {
            let bytes: Vec<u8> = assembled.lines.into_iter().flat_map(|line| line.bytes).collect();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
        }
        Err(errors) => errors.iter().map(|error| format!("{error:?}\n")).collect(),
    }
}

#[test]
fn bytes_are_what_other_assemblers_make_of_the_same_text() {
    for (bits, text, want) in [
        (64, "mov eax, 1", "b8 01 00 00 00"),
        (64, "mov xax, 1", "48 c7 c0 01 00 00 00"),
        (16, "mov xax, 1", "b8 01 00"),
        (64, "mov rax, 123456789abcdef0h", "48 b8 f0 de bc 9a 78 56 34 12"),
        (16, "mov dword fs:[0fee00300h], 4400h", "64 66 67 c7 05 00 03 e0 fe 00 44 00 00"),
        (16, "mov dword [fs:ICR], 4400h", "64 66 67 c7 05 00 03 e0 fe 00 44 00 00"),
        (64, "mov dword [ICR], 4400h", "67 c7 04 25 00 03 e0 fe 00 44 00 00"),
        (32, "mov dword [ICR], 4400h", "c7 05 00 03 e0 fe 00 44 00 00"),
        (64, "main2: jmp main2", "eb fe"),
        (64, "jmp near $", "e9 fb ff ff ff"),
        (64, "jmp .x\n times 126 nop\n nop\n .x:", &format!("eb 7f{}", " 90".repeat(127))),
        (64, "jmp .x\n times 128 nop\n .x:", &format!("e9 80 00 00 00{}", " 90".repeat(128))),
        (64, "out 0e0h, al", "e6 e0"),
        (64, "push 5", "6a 05"),
        (64, "push word 5", "66 6a 05"),
        (32, "push dword 500h", "68 00 05 00 00"),
        (16, "push dword 5", "66 6a 05"),
        (64, "mov ds, ax", "8e d8"),
        (64, "mov cr0, rax", "0f 22 c0"),
        (64, "iretq", "48 cf"),
        (64, "iret", "48 cf"),
        (32, "iret", "cf"),
        (16, "iretd", "66 cf"),
        (64, "pushf", "9c"),
        (64, "retf", "cb"),
        (32, "jmp 8:1234h", "ea 34 12 00 00 08 00"),
        (16, "jmp 8:1234h", "ea 34 12 08 00"),
        (16, "jmp dword 8:1234h", "66 ea 34 12 00 00 08 00"),
        (32, "call far [1000h]", "ff 1d 00 10 00 00"),
        (64, "jmp [rax]", "ff 20"),
        (64, "rep movsb", "f3 a4"),
        (64, "stosd", "ab"),
        (64, "stosq", "48 ab"),
        (64, "movs byte [rdi], [rsi]", "a4"),
        (64, "a32 lodsb", "67 ac"),
        (64, "lock xadd [rbx], eax", "f0 0f c1 03"),
        (64, "lea rax, [rel main]", "48 8d 05 f9 ff ff ff"),
        (64, "mov rax, [main]", "48 8b 04 25 00 20 00 00"),
        (64, "mov eax, [rbx+rcx*SLOT-8]", "8b 44 cb f8"),
        (64, "mov [rsp+8], rax", "48 89 44 24 08"),
        (16, "mov ax, [bx+si+2]", "8b 40 02"),
        (16, "mov ax, [si+bx]", "8b 00"),
        (32, "mov eax, [bp]", "67 8b 46 00"),
        (64, "add eax, -1", "83 c0 ff"),
        (64, "add eax, 0ffffffffh", "83 c0 ff"),
        (64, "inc dword [rax]", "ff 00"),
        (64, "wrmsr", "0f 30"),
        (64, "lidt [rax]", "0f 01 18"),
        (64, "jz $", "74 fe"),
        (64, "db 1, 'ab', \"c\" ; comment", "01 61 62 63"),
        (64, "dw main, 'a'\n dd -1", "00 20 61 00 ff ff ff ff"),
        (64, "dq main + 2 * (3 - 1) << 1", "08 40 00 00 00 00 00 00"),
        (64, "x equ y + 1\n y equ 2\n db x, y", "03 02"),
        (64, "nop\n align 4\n db 1", "90 90 90 90 01"),
        (64, "resw 2\n times 2 db 1, 2", "00 00 00 00 01 02 01 02"),
        (64, "db end - $\n times 3 nop\n end:", "04 90 90 90"),
        (64, "vaddps ymm0, ymm1, [rax]", "c5 f4 58 00"),
        (64, "movaps xmm0, xmm1", "0f 28 c1"),
        (64, "fadd st0, st(1)", "d8 c1"),
        (32, "sgdt [eax]", "0f 01 00"),
        (16, "o32 lgdt [100h]", "66 0f 01 16 00 01"),
        (64, "loop $", "e2 fe"),
        (64, "movzx eax, byte [rax]", "0f b6 00"),
        (64, "int 80h\n int3\n hlt\n ud2", "cd 80 cc f4 0f 0b"),
    ] {
        assert_eq!(hex(bits, text), want, "{bits}: {text}");
    }
}
