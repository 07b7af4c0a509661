; The end of a guest in long mode: SYSCALL leads here even if the guest destroyed its gates and stacks. AL is the port of the end.
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
