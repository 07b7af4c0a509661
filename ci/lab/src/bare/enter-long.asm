; Into long mode: follows enter.asm, up to the far jump in compatibility mode.
    mov  eax, [START_CR0]
    mov  cr0, eax
    lgdt [START_GDTR]
    jmp  KERNEL_CS:selected
