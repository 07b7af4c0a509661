; A hypervisor of one page: changes the VMCB as the scenario says, runs the guest to its next #VMEXIT, and writes what it
; finds to the debug console. Loaded by multiboot: 32-bit protected mode, no paging, interrupts off.
    dd  1BADB002h, 10000h, 0E4514FFEh           ; magic, "the addresses below count", checksum
    dd  hypervisor, hypervisor, 0, 0, enter

gdt:
    dq  0, 00CF9B000000FFFFh, 00CF93000000FFFFh
gdtr:
    dw  23
    dd  gdt

enter:
    lgdt [gdtr]
    mov  esp, STACK
    mov  eax, 16
    mov  ds, eax
    mov  es, eax
    mov  ss, eax
    push 8
    push flat
    retf
flat:
    mov  esi, REAL_CODE                         ; where segment REAL_SEGMENT can reach it
    mov  edi, REAL_SEGMENT << 4
    mov  ecx, 1000h
    cld
    rep movsb
    mov  ecx, 0C0000080h                        ; EFER.SVME
    rdmsr
    or   eax, 1000h
    wrmsr
    mov  ecx, 0C0010117h                        ; VM_HSAVE_PA
    mov  eax, HSAVE
    xor  edx, edx
    wrmsr
    clgi                                        ; and so it stays outside the guest
    mov  esi, STEPS

step:                                           ; offset in the VMCB, bits to keep, bits to set; ends with -1, the last with -2
    lodsd
    cmp  eax, -1
    je   run
    cmp  eax, -2
    je   finish
    mov  edx, eax
    mov  ebx, [VMCB + edx]
    lodsd
    and  ebx, eax
    lodsd
    or   ebx, eax
    mov  [VMCB + edx], ebx
    jmp  step

run:
    push esi
    mov  eax, VMCB
    xor  ebx, ebx                               ; `frame` says it here
    sti                                         ; a shadow of the hypervisor's own, which is none of the guest's
    vmrun eax
    cli
    push ebx
    mov  edx, 0E9h
    mov  esi, VMCB + 60h                        ; from the interrupt control to EXITINTINFO
    mov  ecx, 30h
    rep outsb
    mov  esi, VMCB + 578h                       ; rip
    mov  ecx, 4
    rep outsb
    mov  esi, VMCB + 5F8h                       ; rax
    mov  ecx, 4
    rep outsb
    mov  esi, esp
    mov  ecx, 4
    rep outsb
    pop  ebx
    pop  esi
    cmp  dword [VMCB + 70h], 81h
    jne  step
    add  dword [VMCB + 578h], 3                 ; past the VMMCALL
    jmp  step

finish:
    xor  eax, eax
    out  0F4h, al                               ; ends QEMU
    hlt
