; The supervisor: copies one guest after the other to memory below 256 KiB, starts it, and writes its records to the first
; serial port (answer.rs reads them). Loaded by multiboot: 32-bit protected mode, no paging, interrupts off. The screen shows which
; guests differ from the model.
    dd  MULTIBOOT_HEADER, MULTIBOOT_ADDRESSES   ; the addresses below are valid
    dd  -(MULTIBOOT_HEADER + MULTIBOOT_ADDRESSES) & LOW_32
    dd  supervisor, supervisor, 0, BSS_END, enter

segments:                                       ; the same selectors as those of the low page
    dq  0, CODE32, DATA32
descriptors:
    dw  23
    dd  segments
gates:
    dw  VECTORS * GATE_SIZE - 1
    dd  IDT

index:    dd 0                                  ; of the guest that runs
first:    dd 0                                  ; guests before this one are skipped
guest:    dd 0                                  ; its entry in the table
have:     dd 0                                  ; the processor's features: bits of FEATURES
agreed:   dd 0
differed: dd 0
checksum: dd 0                                  ; of what was sent for one guest
verdict:  dd 0                                  ; digest of its records, to compare with the model's
x2apic:   dd 0                                  ; whether the local APIC is in x2APIC mode
screen:   dd SCREEN

enter:
    lgdt [descriptors]
    mov  esp, STACK
    push OWN_CODE
    push flat
    retf
flat:
    mov  ecx, OWN_DATA
    mov  ds, ecx
    mov  es, ecx
    mov  ss, ecx
    mov  fs, ecx
    mov  gs, ecx
    cld
    cmp  eax, MULTIBOOT_LOADED                  ; a multiboot loader: look for from=N in its command line
    jne  .prepared
    test byte [ebx], MULTIBOOT_HAS_COMMAND_LINE
    jz   .prepared
    mov  esi, [ebx + MULTIBOOT_COMMAND_LINE]
    call read_from
.prepared:
    mov  al, PIC_ALL                            ; both interrupt controllers masked
    out  PIC1_MASK, al
    out  PIC2_MASK, al
    mov  edi, IDT
    mov  ecx, VECTORS
.gate:
    mov  eax, unserved
    cmp  ecx, VECTORS - ARCHITECTURAL           ; interrupts
    jbe  .vector
    mov  eax, stray
    cmp  ecx, VECTORS - VECTOR_DB               ; for DR7.GD
    ja   .vector
    cmp  ecx, VECTORS - VECTOR_NMI
    jb   .vector
    mov  eax, unheeded
.vector:
    movzx edx, ax
    or   edx, OWN_CODE << 16
    mov  [edi], edx
    and  eax, 0FFFF0000h
    or   eax, GATE_HIGH
    mov  [edi + 4], eax
    add  edi, GATE_SIZE
    dec  ecx
    jnz  .gate
    lidt [gates]
    mov  dx, SERIAL_INTERRUPTS                  ; none
    mov  al, 0
    out  dx, al
    mov  dx, SERIAL_LINE
    mov  al, SERIAL_DIVISOR
    out  dx, al
    mov  dx, SERIAL_DATA                        ; divisor 1: 115200 baud
    mov  al, 1
    out  dx, al
    mov  dx, SERIAL_INTERRUPTS
    mov  al, 0
    out  dx, al
    mov  dx, SERIAL_LINE
    mov  al, SERIAL_EIGHT_BITS
    out  dx, al
    mov  dx, SERIAL_FIFO
    mov  al, SERIAL_FIFO_ON
    out  dx, al
    mov  edi, SCREEN
    mov  ecx, SCREEN_CHARACTERS
    mov  eax, SCREEN_BLANK
    rep stosw
    call ask
    mov  esi, said_hello
    call say
    mov  eax, [COUNT]
    call hex
    mov  al, 32
    call both
    mov  eax, [have]
    call hex
    mov  esi, said_line
    call say

    mov  esi, TABLE
next:                                           ; ESI: the entry of the next guest
    mov  eax, [index]
    cmp  eax, [COUNT]
    jae  finished
    cmp  eax, [first]
    jb   pass_over
    mov  eax, [have]
    not  eax
    and  eax, FEATURES
    test [esi + ENTRY_FLAGS], eax
    jz   run
pass_over:
    inc  dword [index]
    add  esi, [esi]
    jmp  next

finished:
    mov  esi, said_end
    call say
    mov  eax, [agreed]
    call hex
    mov  al, 32
    call both
    mov  eax, [differed]
    call hex
    mov  esi, said_line
    call say
stop:
    cli
    hlt
    jmp  stop

run:
    mov  [guest], esi
    mov  esi, said_start
    call say
    mov  eax, [index]
    call hex
    mov  al, 32
    call both
    mov  esi, [guest]
    add  esi, ENTRY_NAME
    call say
    mov  esi, said_line
    call say

    mov  edi, 0                                 ; its memory is cleared first
    mov  ecx, MEMORY_SIZE / 4
    mov  eax, 0
    rep stosd
    mov  esi, [guest]
    mov  ebx, [esi + ENTRY_PIECES]
    add  esi, [esi + ENTRY_FIRST_PIECE]
.piece:
    test ebx, ebx
    jz   .copied
    lodsd
    mov  edi, eax
    lodsd
    mov  ecx, eax
    rep movsb
    add  esi, 3
    and  esi, 0FFFFFFFCh
    dec  ebx
    jmp  .piece
.copied:
    mov  ebp, [guest]
    fninit
    mov  eax, 0
    mov  cr2, eax
    mov  dr0, eax
    mov  dr1, eax
    mov  dr2, eax
    mov  dr3, eax
    mov  eax, DR6_RESET
    mov  dr6, eax
    mov  eax, DR7_RESET
    mov  dr7, eax

    test dword [ebp + ENTRY_FLAGS], X2APIC
    jz   .xapic
    mov  ecx, MSR_APIC_BASE
    rdmsr
    or   eax, X2APIC_MODE
    wrmsr
    mov  dword [x2apic], 1
.xapic:
    mov  ecx, APIC_TPR >> APIC_STRIDE_SHIFT
    mov  eax, 0
    call set_apic
    mov  ecx, APIC_SVR >> APIC_STRIDE_SHIFT     ; enabled, to receive interrupts that the last guest left pending
    mov  eax, SVR_ENABLED
    call set_apic
    mov  ebx, VECTORS
.serve:
    call end_interrupt
    dec  ebx
    jnz  .serve
    sti
    nop
    nop
    cli
    mov  ecx, APIC_SVR >> APIC_STRIDE_SHIFT     ; as after reset
    mov  eax, SVR_RESET
    call set_apic
    mov  esi, MSRS                              ; the MSRs that lead back from the guest
.msr:
    lodsd
    test eax, eax
    jz   .msrs
    mov  ecx, eax
    lodsd
    mov  ebx, eax
    lodsd
    mov  edx, eax
    lodsd
    test [ebp + ENTRY_FLAGS], eax
    jz   .msr
    mov  eax, ebx
    wrmsr
    jmp  .msr
.msrs:
    pushfd                                      ; NMIs may still be blocked since the last guest
    push OWN_CODE
    push .unblocked
    iretd
.unblocked:
    jmp  LOW

back:                                           ; from the low page's code: 32 bits, no paging
    lgdt [descriptors]
    mov  eax, OWN_DATA
    mov  ds, eax
    mov  es, eax
    mov  ss, eax
    mov  fs, eax
    mov  gs, eax
    mov  esp, STACK
    push FLAGS_RESET                            ; RFLAGS.NT, which SYSENTER leaves, would make IRET a task switch
    popfd
    lidt [gates]
    mov  ebp, [guest]
    test dword [ebp + ENTRY_FLAGS], SVM
    jz   .no_svm
    mov  ecx, MSR_EFER                          ; SVME is still set: with GIF 0 no NMI would come
    rdmsr
    or   eax, EFER_SVME
    wrmsr
    stgi
.no_svm:
    mov  eax, 0
    mov  cr4, eax
    mov  ecx, MSR_EFER
    mov  edx, 0
    wrmsr
    mov  dword [checksum], FNV_BASIS            ; FNV-1a, both
    mov  dword [verdict], FNV_BASIS
    mov  al, 61                                 ; =
    call send
    mov  al, [LOW_PORT]
    call hex_byte
    mov  al, 32
    call send
    mov  esi, LOW_RSP
    mov  ecx, 8
    call hash
    call dump
    mov  al, 32
    call send
    mov  esi, RING_HEAD
    mov  ecx, 4
    call hash
    call dump
    mov  al, 10
    call send

    mov  ebx, [RING_HEAD]
    cmp  ebx, RING_RECORDS
    jbe  .records
    mov  ebx, RING_RECORDS
.records:
    mov  esi, RING
.record:
    test ebx, ebx
    jz   .stack
    call hash_record
    push esi
    mov  al, 43                                 ; +
    call send
    mov  ecx, RECORD_USED
    call dump
    mov  al, 10
    call send
    pop  esi
    add  esi, RECORD_SIZE
    dec  ebx
    jmp  .record
.stack:                                         ; of a fault: vector, error code, frame
    mov  esi, [LOW_RSP]
    cmp  esi, MEMORY_SIZE - 64
    ja   .told
    mov  al, 115                                ; s
    call send
    mov  ecx, 64
    call dump
    mov  al, 10
    call send
.told:
    mov  al, 46                                 ; .
    call send
    mov  eax, [checksum]
    call hex_quiet
    mov  al, 10
    call send

    mov  esi, [guest]                           ; is it one that the model allows?
    mov  ecx, [esi + ENTRY_DIGESTS]
    add  esi, ENTRY_FIRST_DIGEST
    mov  edx, [verdict]
.digest:
    test ecx, ecx
    jz   .differs
    lodsd
    cmp  eax, edx
    je   .agrees
    dec  ecx
    jmp  .digest
.agrees:
    inc  dword [agreed]
    jmp  .judged
.differs:
    inc  dword [differed]
    mov  esi, said_differs
    call say
.judged:
    cmp  byte [LOW_PORT], DONE
    je   .clean
    mov  esi, [guest]
    test dword [esi + ENTRY_FLAGS], HYPERVISOR
    jz   .clean
    mov  esi, said_stuck                        ; perhaps still in L2: nothing more can run on this processor
    call say
    jmp  stop
.clean:
    inc  dword [index]
    mov  esi, [guest]
    add  esi, [esi]
    jmp  next

ask:                                            ; CPUID for the features that guests need
    mov  eax, LEAF_VENDOR
    cpuid
    cmp  ecx, VENDOR_AMD
    jne  .not_amd
    or   dword [have], AMD
.not_amd:
    mov  eax, LEAF_FEATURES
    cpuid
    bt   ecx, FEATURES_VMX_BIT
    jnc  .no_vmx
    or   dword [have], VMX
    mov  ecx, MSR_VMX_PIN                       ; EDX: what may be 1
    rdmsr
    bt   edx, VMX_PIN_VIRTUAL_NMIS_BIT
    jnc  .no_virtual_nmis
    or   dword [have], VIRTUAL_NMIS
.no_virtual_nmis:
    mov  eax, LEAF_FEATURES
    cpuid
.no_vmx:
    bt   ecx, FEATURES_X2APIC_BIT
    jnc  .no_x2apic
    or   dword [have], X2APIC
.no_x2apic:
    mov  eax, LEAF_EXTENDED
    cpuid
    cmp  eax, LEAF_SVM
    jb   .end
    mov  eax, LEAF_EXTENDED_FEATURES
    cpuid
    bt   ecx, EXTENDED_SVM_BIT
    jnc  .end
    or   dword [have], SVM
    mov  eax, LEAF_SVM
    cpuid
    bt   edx, SVM_VGIF_BIT
    jnc  .no_vgif
    or   dword [have], VGIF
.no_vgif:
    bt   edx, SVM_IDLE_HLT_BIT
    jnc  .no_idle_hlt
    or   dword [have], IDLE_HLT
.no_idle_hlt:
    bt   edx, SVM_VNMI_BIT
    jnc  .end
    or   dword [have], VNMI
.end:
    ret

set_apic:                                       ; EAX to the local APIC's register with the number ECX
    cmp  dword [x2apic], 0
    jne  .by_msr
    shl  ecx, APIC_STRIDE_SHIFT
    mov  [APIC_PAGE + ecx], eax
    ret
.by_msr:
    add  ecx, MSR_X2APIC
    mov  edx, 0
    wrmsr
    ret

end_interrupt:
    mov  ecx, APIC_EOI >> APIC_STRIDE_SHIFT
    mov  eax, 0
    jmp  set_apic

unserved:                                       ; an interrupt that the last guest left pending
    pushad
    call end_interrupt
    popad
    iretd
unheeded:                                       ; an NMI that no guest took, or #DB for the supervisor's access to a debug register
    iretd
stray:
    mov  esi, said_stray
    call say
    jmp  stop

read_from:                                      ; ESI: the command line
    lodsb
    test al, al
    jz   .end
    cmp  al, 102                                ; f
    jne  read_from
    cmp  dword [esi], 3D6D6F72h                 ; rom=
    jne  read_from
    add  esi, 4
    mov  ecx, 0
.digit:
    movzx eax, byte [esi]
    sub  eax, 48
    cmp  eax, 9
    ja   .read
    imul ecx, ecx, 10
    add  ecx, eax
    inc  esi
    jmp  .digit
.read:
    mov  [first], ecx
.end:
    ret

dump:                                           ; ECX bytes from ESI in hexadecimal, into the checksum too
    test ecx, ecx
    jz   .end
    lodsb
    push ecx
    push eax
    movzx ecx, al
    mov  eax, [checksum]
    xor  eax, ecx
    imul eax, eax, FNV_PRIME
    mov  [checksum], eax
    pop  eax
    call hex_byte
    pop  ecx
    dec  ecx
    jmp  dump
.end:
    ret

hash:                                           ; ECX bytes from ESI into the verdict; keeps all registers
    pushad
.byte:
    movzx edx, byte [esi]
    mov  eax, [verdict]
    xor  eax, edx
    imul eax, eax, FNV_PRIME
    mov  [verdict], eax
    inc  esi
    dec  ecx
    jnz  .byte
    popad
    ret

hash_record:                                    ; the record at ESI into the verdict; keeps all registers
    pushad
    call see
    mov  esi, seen
    mov  ecx, RECORD_USED
    call hash
    popad
    ret

hex_byte:                                       ; AL in hexadecimal, to the serial port
    push eax
    shr  al, 4
    call .digit
    pop  eax
    and  al, 15
.digit:
    and  al, 15
    add  al, 48
    cmp  al, 57
    jbe  send
    add  al, 39
    jmp  send

hex_quiet:                                      ; EAX in hexadecimal, to the serial port
    mov  ecx, 4
.byte:
    rol  eax, 8
    push eax
    push ecx
    call hex_byte
    pop  ecx
    pop  eax
    dec  ecx
    jnz  .byte
    ret

hex:                                            ; EAX in hexadecimal, to both
    mov  ecx, 8
.digit:
    rol  eax, 4
    push eax
    push ecx
    and  al, 15
    add  al, 48
    cmp  al, 57
    jbe  .say
    add  al, 39
.say:
    call both
    pop  ecx
    pop  eax
    dec  ecx
    jnz  .digit
    ret

send:                                           ; AL to the serial port; a port that stays busy is ignored
    push edx
    push ecx
    push eax
    mov  ecx, 100000
    mov  dx, SERIAL_STATUS
.busy:
    in   al, dx
    test al, SERIAL_EMPTY
    jnz  .ready
    dec  ecx
    jnz  .busy
.ready:
    mov  dx, SERIAL_DATA
    pop  eax
    out  dx, al
    pop  ecx
    pop  edx
    ret

say:                                            ; the text at ESI to both
    lodsb
    test al, al
    jz   .end
    call both
    jmp  say
.end:
    ret

both:                                           ; AL to the serial port and the screen
    call send
    push edi
    push ecx
    push esi
    push eax
    mov  edi, [screen]
    cmp  al, 10
    je   .line
    mov  ah, SCREEN_ATTRIBUTE
    cmp  edi, SCREEN + 2 * SCREEN_CHARACTERS
    jae  .scroll
.put:
    mov  [edi], ax
    add  edi, 2
    jmp  .done
.line:                                          ; to the start of the next line
    mov  eax, edi
    sub  eax, SCREEN
    mov  edx, 0
    mov  ecx, 2 * SCREEN_COLUMNS
    div  ecx
    sub  edi, edx
    add  edi, 2 * SCREEN_COLUMNS
    jmp  .done
.scroll:
    push eax
    mov  esi, SCREEN + 2 * SCREEN_COLUMNS
    mov  edi, SCREEN
    mov  ecx, SCREEN_CHARACTERS - SCREEN_COLUMNS
    rep movsw
    push edi
    mov  eax, SCREEN_BLANK
    mov  ecx, SCREEN_COLUMNS
    rep stosw
    pop  edi
    pop  eax
    jmp  .put
.done:
    mov  [screen], edi
    pop  eax
    pop  esi
    pop  ecx
    pop  edi
    ret

said_hello:   db "nmi-bare 1 ", 0
said_start:   db "> ", 0
said_line:    db 10, 0
said_differs: db "  differs from the model", 10, 0
said_stuck:   db "! stuck: reset, and start with from= the next guest's number", 10, 0
said_stray:   db "! an exception in the supervisor", 10, 0
said_end:     db "# as the model, otherwise: ", 0
