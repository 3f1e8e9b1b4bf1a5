#include "report.h"

#include <stdio.h>

void report_begin(struct report *report, bool json, const char *sink, size_t rounds)
{
    *report = (struct report){.json = json};
    if (json) {
        printf("{\"sink\": \"%s\", \"rounds\": %zu, \"rows\": [", sink, rounds);
    } else {
        printf("CPU time of one thread, kernel included; median of %zu rounds; sink: %s\n", rounds,
               sink);
    }
}

void report_kernel(struct report *report, const char *name, const char *unit, double ns)
{
    if (report->json) {
        printf("%s\n{\"name\": \"%s\", \"ns\": %.1f}", report->kernels > 0 ? "," : "", name, ns);
    } else {
        if (report->kernels == 0) {
            printf("\n%-36s %12s\n", "kernel", "ns");
        }
        printf("%-36s %12.1f per %s\n", name, ns, unit);
    }
    report->kernels++;
    (void)fflush(stdout);
}

void report_pair(struct report *report, const char *name, const char *unit,
                 const struct comparison *result)
{
    if (report->json) {
        printf("%s\n{\"name\": \"%s\", \"ideal_ns\": %.1f, \"tandem_ns\": %.1f, \"ratio\": %.3f, "
               "\"ratio_low\": %.3f, \"ratio_high\": %.3f}",
               report->kernels + report->pairs > 0 ? "," : "", name, result->ideal_ns,
               result->tandem_ns, result->ratio, result->ratio_low, result->ratio_high);
    } else {
        if (report->pairs == 0) {
            printf("\n%-36s %10s %10s %7s   %s\n", "beside the least that it takes, ns", "ideal",
                   "tandem", "ratio", "lowest..highest");
        }
        printf("%-36s %10.0f %10.0f %7.2f   %.2f..%.2f per %s\n", name, result->ideal_ns,
               result->tandem_ns, result->ratio, result->ratio_low, result->ratio_high, unit);
    }
    report->pairs++;
    (void)fflush(stdout);
}

void report_path(struct report *report, const struct workload *workload,
                 const struct comparison *result)
{
    if (report->json) {
        printf("%s\n{\"name\": \"%s\", \"rooms\": %zu, \"receivers\": %zu, \"burst\": %zu, "
               "\"bytes\": %zu, \"ideal_ns\": %.1f, \"tandem_ns\": %.1f, \"ratio\": %.3f, "
               "\"ratio_low\": %.3f, \"ratio_high\": %.3f}",
               report->kernels + report->pairs + report->paths > 0 ? "," : "", workload->name,
               workload->rooms, workload->receivers, workload->burst, workload->packet_bytes,
               result->ideal_ns, result->tandem_ns, result->ratio, result->ratio_low,
               result->ratio_high);
    } else {
        if (report->paths == 0) {
            printf("\n%-36s %9s %9s %7s   %s\n", "forward path, ns per forwarded packet", "ideal",
                   "tandem", "ratio", "lowest..highest");
        }
        printf("%-36s  %9.1f %9.1f %7.2f   %.2f..%.2f\n", workload->name, result->ideal_ns,
               result->tandem_ns, result->ratio, result->ratio_low, result->ratio_high);
    }
    report->paths++;
    (void)fflush(stdout);
}

void report_end(struct report *report)
{
    if (report->json) {
        printf("\n]}\n");
    }
}
