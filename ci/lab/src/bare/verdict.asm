; Clears in a copy of a record what the manuals leave undefined, as `seen` of verdict.rs does for the model's.
seen:     times RECORD_USED db 0

see:                                            ; the record at ESI into `seen`; changes all registers
    mov  edi, seen
    mov  ecx, RECORD_USED
.byte:
    lodsb
    stosb
    loop .byte
    mov  eax, [seen]
    mov  ecx, eax
    and  ecx, TAG_EXIT
    cmp  ecx, TAG_EXIT
    jne  .end
    test eax, TAG_VMCS
    jnz  .vmcs
    mov  eax, [seen + SLOTS]
    and  eax, [seen + SLOTS + 4]
    cmp  eax, -1                                ; VMEXIT_INVALID: no event was in delivery
    jne  .delivering
    mov  dword [seen + SLOTS + 8], 0
.delivering:
    mov  edi, seen + SLOTS + 8                  ; EXITINTINFO
    call keep_svm_event
    and  dword [seen + SLOTS + 24], INT_CTL_SEEN
    and  dword [seen + SLOTS + 28], SHADOW_SEEN
    mov  edi, seen + SLOTS + 32                 ; nRIP
    call forget
    mov  edi, seen + SLOTS + 40                 ; EVENTINJ
    call keep_svm_event
.end:
    ret
.vmcs:
    mov  edi, seen + SLOTS + 32                 ; exit qualification
    call forget
    cmp  dword [seen + SLOTS + 4], 0
    je   .exit
    mov  dword [seen + SLOTS], 0                ; VMfail: its error, and what was to be injected
    mov  dword [seen + SLOTS + 4], 1
    mov  edi, seen + SLOTS + 8
    call forget
    mov  edi, seen + SLOTS + 16
    call forget
    mov  edi, seen + SLOTS + 24
    call forget
    ret
.exit:
    and  dword [seen + SLOTS + 16], BLOCKING_SEEN
    mov  edi, seen + SLOTS + 40                 ; VM-entry interruption information
    call keep_event
    mov  dword [seen + SLOTS + 44], 0           ; VM-instruction error
    mov  edi, seen + SLOTS + 28                 ; IDT-vectoring information
    call keep_event
    mov  ebx, [seen + SLOTS + 24]               ; VM-exit interruption information
    mov  edi, seen + SLOTS + 24
    call keep_event
    cmp  word [seen + SLOTS], EXTERNAL_REASON   ; or exception or NMI
    jbe  .event
    mov  dword [seen + SLOTS + 24], 0
.event:
    mov  eax, [seen + SLOTS + 24]               ; bit 12, unless undefined: of #DF, or in the delivery of an event
    test eax, eax
    jz   .end
    cmp  al, DF_VECTOR
    je   .end
    cmp  dword [seen + SLOTS + 28], 0
    jne  .end
    and  ebx, BIT_12
    or   [seen + SLOTS + 24], ebx
    ret

keep_event:                                     ; clears the undefined bits of the event at EDI
    cmp  dword [edi], 0
    jl   .valid
    mov  dword [edi], 0
    ret
.valid:
    and  dword [edi], EVENT_SEEN
    mov  eax, [edi]
    and  eax, EVENT_TYPE
    cmp  eax, EVENT_NMI
    jne  .end
    mov  byte [edi], NMI_VECTOR                 ; an NMI has no other
.end:
    ret

keep_svm_event:                                 ; the same for an event followed by its error code
    call keep_event
    test dword [edi], EVENT_HAS_CODE
    jnz  .end
    mov  dword [edi + 4], 0
.end:
    ret

forget:                                         ; clears the slot at EDI
    mov  dword [edi], 0
    mov  dword [edi + 4], 0
    ret
