; The end of a guest in long mode: SYSCALL comes here, whatever became of the guest's gates and stacks. AL says which end it is.
leave:
    mov  [LOW_RSP], rsp
    mov  [LOW_PORT], al
    lgdt [LOW_GDTR]
    mov  rax, cr4
    test eax, 2000h                             ; CR4.VMXE: in VMX operation paging cannot be switched off
    jz   .off
    vmxoff
.off:
    mov  rsp, LOW_STACK
    push 8
    push narrow_again
    retfq
