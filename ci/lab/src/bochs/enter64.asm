; Enters the kernel by way of long mode.
    mov edi, TABLES                     ; one gigabyte, identity mapped by 2 MiB pages
    mov eax, 0
    mov ecx, 3 * 400h
    rep stosd
    mov dword [TABLES], TABLES + 1003h
    mov dword [TABLES + 1000h], TABLES + 2003h
    mov edi, TABLES + 2000h
    mov eax, 83h
.page:
    mov [edi], eax
    add edi, 8
    add eax, 200000h
    cmp eax, 40000000h
    jb .page
    mov eax, cr4
    or eax, 20h                         ; CR4.PAE
    mov cr4, eax
    mov eax, TABLES
    mov cr3, eax
    mov ecx, 0C0000080h                 ; EFER.LME
    rdmsr
    or eax, 100h
    wrmsr
    mov eax, cr0
    or eax, 80000000h                   ; CR0.PG
    mov cr0, eax
    jmp 10h:long
