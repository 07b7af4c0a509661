//! The assembler from outside: one text for each feature.

use std::collections::BTreeMap;

use guests::asm::{self, AsmError, Assembled, NoPseudo, Region, Unit};

fn assemble(bits: u32, text: &str) -> Result<Assembled, Vec<AsmError>> {
    let unit = Unit { name: "main", text };
    let region = Region { start: 0x2000, end: 0x5000, base: 0, bits, units: vec![unit] };
    let constants = BTreeMap::from([("ICR".to_owned(), 0xfee0_0300), ("SLOT".to_owned(), 8)]);
    asm::assemble(&[region], &[&constants], &mut NoPseudo)
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
        (64, "xchg eax, eax", "87 c0"),
        (64, "xchg ebx, eax", "93"),
        (64, "vmrun rax\n vmrun eax\n clzero", "0f 01 d8 67 0f 01 d8 0f 01 fc"),
        (64, "stosb [rdi]\n rep movsd", "aa f3 a5"),
        (64, "times 5-($-$$) db 7", "07 07 07 07 07"),
        (64, "nop\n align 4, 0\n dd 'abcd'", "90 00 00 00 61 62 63 64"),
        (64, "add eax, b - a\n a: times 127 nop\n b:", &format!("83 c0 7f{}", " 90".repeat(127))),
        (64, "add eax, b - a\n a: times 128 nop\n b:", &format!("05 80 00 00 00{}", " 90".repeat(128))),
        (64, "mov eax, [rbx + b - a]\n a: times 128 nop\n b:", &format!("8b 83 80 00 00 00{}", " 90".repeat(128))),
        (64, "lea rax, [rip + 7]\n lea rax, [rel $ + 7]", "48 8d 05 07 00 00 00 48 8d 05 00 00 00 00"),
        (16, "retf\n o32 retf\n iret\n o32 iret", "cb 66 cb cf 66 cf"),
        (32, "push ds\n pop es\n push eax\n push cx", "1e 07 50 66 51"),
        (64, "push fs\n push qword [rax]\n push [rax]\n pop word [rax]", "0f a0 ff 30 ff 30 66 8f 00"),
        (64, "mov ss, eax\n mov ax, ss\n mov [rax], ss", "8e d0 66 8c d0 8c 10"),
        (64, "int 2\n int1\n sti\n cli\n rsm", "cd 02 f1 fb fa 0f aa"),
        (64, "mov rcx, -1\n mov ecx, -1\n mov cl, -1", "48 c7 c1 ff ff ff ff b9 ff ff ff ff b1 ff"),
        (64, "cmp byte [scratch], 0\n scratch equ 18000h", "80 3c 25 00 80 01 00 00"),
        (16, "mov al, [5000h]\n mov [5000h], ax\n mov bx, [5000h]", "a0 00 50 a3 00 50 8b 1e 00 50"),
        (16, "jmp far [1000h]\n call [1000h]", "ff 2e 00 10 ff 16 00 10"),
        (64, "call far fword [rax]\n jmp far tbyte [rax]", "ff 18 48 ff 28"),
        (64, ".a: jmp .a\n b: .a: jmp .a\n jmp main.a", "eb fe eb fe eb fa"),
        (64, "MOV EAX, Dword PTR [RBX]", "8b 03"),
        (64, "bt dword [rax], 31\n bts rax, rcx", "0f ba 20 1f 48 0f ab c8"),
        (64, "fxsave [rax]\n ldmxcsr [rax]\n xsave [rax]", "0f ae 00 0f ae 10 0f ae 20"),
        (32, "ljmp: jmp 8:ljmp", "ea 00 20 00 00 08 00"),
    ] {
        assert_eq!(hex(bits, text), want, "{bits}: {text}");
    }
}
