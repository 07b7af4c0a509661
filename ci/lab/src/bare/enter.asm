; The start of a guest: from the supervisor, in 32-bit protected mode without paging, into the guest's mode. The registers of
; its start state stand in the page (low.rs).
    mov  eax, [START_CR4]
    mov  cr4, eax
    mov  eax, [START_CR3]
    mov  cr3, eax
    mov  ecx, MSR_EFER
    mov  eax, [START_EFER]
    mov  edx, 0
    wrmsr
