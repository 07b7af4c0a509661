; Enters the kernel by way of long mode.
    mov edi, TABLES                     ; one gigabyte, identity mapped by 2 MiB pages
    mov eax, 0
    mov ecx, 3 * PAGE_REACH / 4
    rep stosd
    mov dword [TABLES], TABLES + PAGE_REACH + PAGE_OPEN
    mov dword [TABLES + PAGE_REACH], TABLES + 2 * PAGE_REACH + PAGE_OPEN
    mov edi, TABLES + 2 * PAGE_REACH
    mov eax, PAGE_OPEN_LARGE
.page:
    mov [edi], eax
    add edi, 8
    add eax, PAGE_REACH_2
    cmp eax, PAGE_REACH_3
    jb .page
    mov eax, cr4
    or eax, CR4_PAE
    mov cr4, eax
    mov eax, TABLES
    mov cr3, eax
    mov ecx, MSR_EFER
    rdmsr
    or eax, EFER_LME
    wrmsr
    mov eax, cr0
    or eax, CR0_PG
    mov cr0, eax
    jmp BOOT_CODE64:long
