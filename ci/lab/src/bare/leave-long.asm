; The end of a guest in long mode: SYSCALL comes here, whatever became of the guest's gates and stacks. AL says which end it is.
leave:
    mov  [LOW_RSP], rsp
    mov  [LOW_PORT], al
    lgdt [LOW_GDTR]
    mov  rax, cr4
    test eax, CR4_VMXE                          ; in VMX operation paging cannot be switched off
    jz   .off
    vmxoff
.off:
    mov  rsp, LOW_STACK
    push OWN_CODE
    push narrow_again
    retfq
