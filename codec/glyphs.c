#include "glyphs.h"

#include <stddef.h>
#include <string.h>

#include "latin.h"

/* U+0020 to U+007E */
static const char *const ascii[] = {
    "",                                                         /* blank */
    "M0009M0d0e",                                               /* ! */
    "M0003M4043",                                               /* " */
    "M311dM816dM0595M0999",                                     /* # */
    "M93Q8050Q0003Q0657Qa8abQae5eQ1e0bM505e",                   /* $ */
    "M20Q0002Q0424Q4442Q4020Mb00eM9aQ7a7cQ7e9eQbebcQba9a",      /* % */
    "Mae24Q1040Q7073Q7537Q090bQ0e4eQ8ea8",                      /* & */
    "M0003",                                                    /* ' */
    "M30Q0307Q0b3e",                                            /* ( */
    "M00Q3337Q3b0e",                                            /* ) */
    "M3137M0266M6206",                                          /* * */
    "M444cM0888",                                               /* + */
    "M1d0g",                                                    /* , */
    "M0959",                                                    /* - */
    "M0d0e",                                                    /* . */
    "M700e",                                                    /* / */
    "M40Q0007Q0e4eQ8e87Q8040",                                  /* 0 */
    "M03404e",                                                  /* 1 */
    "M03Q0040Q8084Q870e8e",                                     /* 2 */
    "M02Q1040Q8083Q8646Q868aQ8e4eQ1e0c",                        /* 3 */
    "M6e600a9a",                                                /* 4 */
    "M701007Q2545Q8589Q8e4eQ1e0c",                              /* 5 */
    "M70Q0209Q0e4eQ8e89Q8545Q0509",                             /* 6 */
    "M00803e",                                                  /* 7 */
    "M46Q0603Q0040Q8083Q8646Q060aQ0e4eQ8e8aQ8646",              /* 8 */
    "M1eQ8c85Q8040Q0005Q0949Q8985",                             /* 9 */
    "M0506M0d0e",                                               /* : */
    "M1516M1d0g",                                               /* ; */
    "M84098e",                                                  /* < */
    "M0787M0b8b",                                               /* = */
    "M04890e",                                                  /* > */
    "M03Q0040Q8083Q8657Q484aM4d4e",                             /* ? */
    "MacQ8e6eQ0e07Q0060Qc0c6QcaaaQ8a88M64Q3437Q3a6aQ8a87Q8464", /* @ */
    "M0e50aeM2989",                                             /* A */
    "M0e0050Q909394Q975707M57Qa7aaabQae5e0e",                   /* B */
    "Ma3Q9050Q0007Q0e5eQ9eab",                                  /* C */
    "M0e0040Qa0a7Qae4e0e",                                      /* D */
    "M90000e9eM0777",                                           /* E */
    "M90000eM0777",                                             /* F */
    "Ma3Q9050Q0007Q0e5eQaeaba868",                              /* G */
    "M000eMa0aeM07a7",                                          /* H */
    "M000e",                                                    /* I */
    "M606aQ6e3eQ0e0b",                                          /* J */
    "M000eM9008M359e",                                          /* K */
    "M000e8e",                                                  /* L */
    "M0e006bc0ce",                                              /* M */
    "M0e00aea0",                                                /* N */
    "M50Q0007Q0e5eQaea7Qa050",                                  /* O */
    "M0e0050Q9094Q985808",                                      /* P */
    "M50Q0007Q0e5eQaea7Qa050M6aaf",                             /* Q */
    "M0e0050Q9094Q985808M489e",                                 /* R */
    "M93Q8050Q0003Q0657Qa8abQae5eQ1e0b",                        /* S */
    "M00a0M505e",                                               /* T */
    "M0009Q0e5eQaea9a0",                                        /* U */
    "M005ea0",                                                  /* V */
    "M003e72bee0",                                              /* W */
    "M00aeMa00e",                                               /* X */
    "M0057a0M575e",                                             /* Y */
    "M00a00eae",                                                /* Z */
    "M30000e3e",                                                /* [ */
    "M007e",                                                    /* \ */
    "M00303e0e",                                                /* ] */
    "M044084",                                                  /* ^ */
    "M0f8f",                                                    /* _ */
    "M0022",                                                    /* ` */
    "M16Q1444Q84888eM8949Q090bQ0e3eQ7e8b",                      /* a */
    "M000eM44Q0409Q0e4eQ8e89Q8444",                             /* b */
    "M86Q7444Q0409Q0e4eQ7e8c",                                  /* c */
    "M808eM44Q0409Q0e4eQ8e89Q8444",                             /* d */
    "M0989Q8444Q0409Q0e4eQ7e8c",                                /* e */
    "M60Q20232eM0464",                                          /* f */
    "M44Q0409Q0e4eQ8e89Q8444M848eQ8i4iQ1i0h",                   /* g */
    "M000eM08Q1444Q84888e",                                     /* h */
    "M040eM0001",                                               /* i */
    "M242fQ2i0iM2021",                                          /* j */
    "M000eM740aM377e",                                          /* k */
    "M000bQ0e2e",                                               /* l */
    "M040eM08Q0434Q64686eM68Q6494Qc4c8ce",                      /* m */
    "M040eM08Q1444Q84888e",                                     /* n */
    "M44Q0409Q0e4eQ8e89Q8444",                                  /* o */
    "M040iM44Q0409Q0e4eQ8e89Q8444",                             /* p */
    "M848iM44Q0409Q0e4eQ8e89Q8444",                             /* q */
    "M040eM08Q0454",                                            /* r */
    "M76Q6444Q0406Q0849Q8a8bQ8e4eQ1e0c",                        /* s */
    "M212aQ2e5eM0454",                                          /* t */
    "M040aQ0e4eQ7e8aM848e",                                     /* u */
    "M044e84",                                                  /* v */
    "M043e659ec4",                                              /* w */
    "M048eM840e",                                               /* x */
    "M044eM843gQ2i0i",                                          /* y */
    "M04840e8e",                                                /* z */
    "M50Q2023Q2707Q272bQ2e5e",                                  /* { */
    "M000h",                                                    /* | */
    "M00Q3033Q3757Q373bQ3e0e",                                  /* } */
    "M0aQ2649Q6c88",                                            /* ~ */
};

/* U+0410 to U+044F */
static const char *const cyrillic[] = {
    "M0e50aeM2989",                           /* А */
    "M80000e5eQ9e9aQ965606",                  /* Б */
    "M0e0050Q909394Q975707M57Qa7aaabQae5e0e", /* В */
    "M80000e",                                /* Г */
    "M0h0ebebhM2eQ3b30909e",                  /* Д */
    "M90000e9eM0777",                         /* Е */
    "M606eM00670eMc067ce",                    /* Ж */
    "M02Q1040Q8083Q8646Q868aQ8e4eQ1e0c",      /* З */
    "M000ea0ae",                              /* И */
    "M040ea4aeM30Q5370",                      /* Й */
    "M000eM9008M359e",                        /* К */
    "M0eQ3e30909e",                           /* Л */
    "M0e006bc0ce",                            /* М */
    "M000eMa0aeM07a7",                        /* Н */
    "M50Q0007Q0e5eQaea7Qa050",                /* О */
    "M0e00909e",                              /* П */
    "M0e0050Q9094Q985808",                    /* Р */
    "Ma3Q9050Q0007Q0e5eQ9eab",                /* С */
    "M00a0M505e",                             /* Т */
    "M0059Ma04cQ3e0e",                        /* У */
    "M606eM62Q0207Q0c6cQccc7Qc262",           /* Ф */
    "M00aeMa00e",                             /* Х */
    "M000ebebhM909e",                         /* Ц */
    "M0004Q084898M909e",                      /* Ч */
    "M000ecec0M606e",                         /* Ш */
    "M000eeeehM606eMc0ce",                    /* Щ */
    "M00303e7eQbebaQb67636",                  /* Ъ */
    "M000e4eQ8e8aQ864606Mb0be",               /* Ы */
    "M000e5eQ9e9aQ965606",                    /* Ь */
    "M03Q1050Qa0a7Qae5eQ1e0bM37a7",           /* Э */
    "M000eM0747M80Q4047Q4e8eQcec7Qc080",      /* Ю */
    "M9e9040Q0004Q084898M480e",               /* Я */
    "M16Q1444Q84888eM8949Q090bQ0e3eQ7e8b",    /* а */
    "M70Q0209Q0e4eQ8e89Q8545Q0509",           /* б */
    "M0e0444Q7476Q794909M49Q898bQ8e4e0e",     /* в */
    "M74040e",                                /* г */
    "M0h0eaeahM2eQ3b34848e",                  /* д */
    "M0989Q8444Q0409Q0e4eQ7e8c",              /* е */
    "M545eM04590eMa459ae",                    /* ж */
    "M05Q1434Q7476Q7939Q797bQ7e3eQ1e0d",      /* з */
    "M040e848e",                              /* и */
    "M040e848eM20Q4260",                      /* й */
    "M040eM740aM377e",                        /* к */
    "M0eQ2e24848e",                           /* л */
    "M0e045ba4ae",                            /* м */
    "M040eM848eM0989",                        /* н */
    "M44Q0409Q0e4eQ8e89Q8444",                /* о */
    "M0e04848e",                              /* п */
    "M040iM44Q0409Q0e4eQ8e89Q8444",           /* р */
    "M86Q7444Q0409Q0e4eQ7e8c",                /* с */
    "M0484M444e",                             /* т */
    "M044eM843gQ2i0i",                        /* у */
    "M505iM54Q0409Q0e5eQaea9Qa454",           /* ф */
    "M048eM840e",                             /* х */
    "M040e9e9hM747e",                         /* ц */
    "M0407Q0a3a7aM747e",                      /* ч */
    "M040ecec4M646e",                         /* ш */
    "M040eeeehM646eMc4ce",                    /* щ */
    "M04242e5eQ8e8bQ895929",                  /* ъ */
    "M040e3eQ7e7bQ793909Ma4ae",               /* ы */
    "M040e4eQ8e8bQ894909",                    /* ь */
    "M05Q1444Q8489Q8e4eQ1e0dM3989",           /* э */
    "M040eM0939M74Q3439Q3e7eQbeb9Qb474",      /* ю */
    "M8e8444Q0406Q094989M490e",               /* я */
};

const char *glyph_strokes(uint16_t letter)
{
    if (letter >= 0x20 && letter <= 0x7E) {
        return ascii[letter - 0x20];
    }
    if (letter >= 0x0410 && letter <= 0x044F) {
        return cyrillic[letter - 0x0410];
    }
    switch (letter) {
    case 0x00D8: /* Ø */
        return "M50Q0007Q0e5eQaea7Qa050M1d91";
    case 0x00DF: /* ß */
        return "M0e04Q0040Q7073Q7646Q868aQ8e4e";
    case 0x00F8: /* ø */
        return "M44Q0409Q0e4eQ8e89Q8444M0f83";
    case 0x0141: /* Ł */
        return "M202eaeM0a56";
    case 0x0142: /* ł */
        return "M202bQ2e4eM0945";
    case 0x0404: /* Є */
        return "Ma3Q9050Q0007Q0e5eQ9eabM0777";
    case 0x0407: /* Ї */
        return "M242eM0001M4041";
    case 0x0451: /* ё */
        return "M0989Q8444Q0409Q0e4eQ7e8cM2021M6061";
    case 0x0454: /* є */
        return "M86Q7444Q0409Q0e4eQ7e8cM0969";
    case 0x0457: /* ї */
        return "M242eM0001M4041";
    case GLYPH_ELLIPSIS:
        return "M0d0eM4d4eM8d8e";
    default:
        return NULL;
    }
}

const char *glyph_marked(uint16_t letter)
{
    return letter == 'i' ? "M040e" : letter == 'j' ? "M242fQ2i0i" : glyph_strokes(letter);
}

const char *glyph_mark(uint8_t mark)
{
    switch (mark) {
    case MARK_GRAVE:
        return "M2042";
    case MARK_ACUTE:
        return "M2240";
    case MARK_CIRCUMFLEX:
        return "M123052";
    case MARK_TILDE:
        return "M02Q1031Q5260";
    case MARK_DIAERESIS:
        return "M1111M5151";
    case MARK_RING:
        return "M30Q2021Q2232Q4241Q4030";
    case MARK_CARON:
        return "M103250";
    case MARK_BREVE:
        return "M10Q3350";
    case MARK_MACRON:
        return "M1151";
    case MARK_DOT:
        return "M3131";
    case MARK_DOUBLE_ACUTE:
        return "M1220M4250";
    case MARK_CEDILLA:
        return "M3eQ6f2h";
    case MARK_OGONEK:
        return "M5eQ2f5h";
    default:
        return NULL;
    }
}

bool glyph_is_tall(uint16_t letter)
{
    return letter <= 'Z' || (letter < 0x80 && strchr("bdfhklt", letter) != NULL) ||
           (letter >= 0x0410 && letter <= 0x042F);
}

int glyph_width(const char *strokes)
{
    int width = 0;
    bool is_x = true;
    for (const char *at = strokes; *at != '\0'; at++) {
        if (*at == 'M' || *at == 'Q') {
            continue;
        }
        int value = *at <= '9' ? *at - '0' : *at - 'a' + 10;
        width = is_x && value > width ? value : width;
        is_x = !is_x;
    }
    return width;
}
