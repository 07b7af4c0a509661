; Into protected mode with paging: follows enter.asm.
    mov  eax, [START_CR0]
    mov  cr0, eax
    lgdt [START_GDTR]
    jmp  KERNEL_CS:selected
selected:
    lidt [START_IDTR]
    and  byte [TSS_DESCRIPTOR + DESCRIPTOR_TYPE], ~TASK_BUSY & 0FFh ; LTR wants one that is not busy
    mov  ax, [START_TR]
    ltr  ax
    mov  eax, 0
    lldt ax
    mov  ds, [START_DS]
    mov  es, [START_ES]
    mov  fs, [START_FS]
    mov  gs, [START_GS]
    mov  ebx, 0
    mov  ecx, 0
    mov  edx, 0
    mov  esi, 0
    mov  edi, 0
    mov  ebp, 0
    test byte [START_CS], RPL_MASK
    jz   .same
    mov  eax, 0
    mov  esp, START_FRAME                       ; RIP, CS, RFLAGS, RSP, SS
    iretd
.same:                                          ; without a change of privilege IRET takes no stack
    mov  ss, [START_SS]
    mov  esp, START_FRAME + 8
    popfd
    mov  esp, [START_FRAME + 12]
    mov  eax, 0
    jmp  dword [START_FRAME]
