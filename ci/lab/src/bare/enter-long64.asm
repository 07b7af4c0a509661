; In the guest's own code segment, 64 bits.
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
    mov  rax, 0
    mov  rbx, 0
    mov  rcx, 0
    mov  rdx, 0
    mov  rsi, 0
    mov  rdi, 0
    mov  rbp, 0
    mov  r8, 0
    mov  r9, 0
    mov  r10, 0
    mov  r11, 0
    mov  r12, 0
    mov  r13, 0
    mov  r14, 0
    mov  r15, 0
    mov  rsp, START_FRAME
    iretq
