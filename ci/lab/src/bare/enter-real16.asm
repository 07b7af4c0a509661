; The same in 16-bit code.
narrow:
    mov  eax, [START_CR0]
    mov  cr0, eax
    jmp  0:real
real:
    lidt [START_IDTR]
    mov  ax, 0
    mov  ds, ax
    mov  es, ax
    mov  fs, ax
    mov  ss, ax
    mov  gs, [START_GS]
    mov  ebx, 0
    mov  ecx, 0
    mov  edx, 0
    mov  esi, 0
    mov  edi, 0
    mov  ebp, 0
    mov  sp, START_FRAME + 8
    popfd
    mov  esp, [START_FRAME + 12]
    mov  eax, 0
    jmp  word [START_FRAME]
