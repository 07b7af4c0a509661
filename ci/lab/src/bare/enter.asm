; Starts a guest: from the supervisor, in 32-bit protected mode without paging, into the guest's mode. The page holds the
; registers of its start state (low.rs).
    mov  eax, [START_CR4]
    mov  cr4, eax
    mov  eax, [START_CR3]
    mov  cr3, eax
    mov  ecx, MSR_EFER
    mov  eax, [START_EFER]
    mov  edx, 0
    wrmsr
