; From 32-bit code, perhaps with paging, back to the supervisor.
narrow_again:
    mov  eax, OWN_DATA
    mov  ds, eax
    mov  es, eax
    mov  ss, eax
    mov  eax, cr0
    and  eax, ~CR0_PG & LOW_32
    mov  cr0, eax
    mov  ecx, MSR_EFER
    rdmsr
    and  eax, ~EFER_LME & LOW_32
    wrmsr
    jmp  BACK
