; From 32-bit code, perhaps with paging, back to the supervisor.
narrow_again:
    mov  eax, 10h
    mov  ds, eax
    mov  es, eax
    mov  ss, eax
    mov  eax, cr0
    and  eax, 7FFFFFFFh                         ; CR0.PG
    mov  cr0, eax
    mov  ecx, 0C0000080h                        ; EFER.LME
    rdmsr
    and  eax, 0FFFFFEFFh
    wrmsr
    jmp  BACK
