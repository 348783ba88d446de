/* Fisher scoring for the restricted maximum likelihood estimate of tau2, one data set after the other: the plain loop
 * that the batched engine is measured against. Same model and start as in metafor's documentation of REML: the
 * Hedges estimate, steps tau2 += (y'PPy - trace(P)) / trace(PP) until the step is below 1e-8, cut at 0.
 *
 * yi, vi: n x k, one row per data set. estimate, se, tau2: n.  Returns the number of steps taken in all.
 */
#include <math.h>

long fisher_reml(const double *yi, const double *vi, long n, long k, double tolerance,
                 double *estimate, double *se, double *tau2)
{
    long steps = 0;
    for (long row = 0; row < n; row++) {
        const double *y = yi + row * k, *v = vi + row * k;
        double mean = 0, mean_v = 0, squares = 0;
        for (long i = 0; i < k; i++) { mean += y[i]; mean_v += v[i]; }
        mean /= k; mean_v /= k;
        for (long i = 0; i < k; i++) squares += (y[i] - mean) * (y[i] - mean);
        double t = fmax(0.0, squares / (k - 1) - mean_v);
        double m = 0, s1 = 0;
        for (int step = 0; step < 200; step++) {
            double s2 = 0, s3 = 0, wy = 0, wwrr = 0;
            s1 = 0;
            for (long i = 0; i < k; i++) {
                double w = 1.0 / (v[i] + t);
                s1 += w; s2 += w * w; s3 += w * w * w; wy += w * y[i];
            }
            m = wy / s1;
            for (long i = 0; i < k; i++) {
                double w = 1.0 / (v[i] + t), r = w * (y[i] - m);
                wwrr += r * r;
            }
            double trace_p = s1 - s2 / s1;
            double trace_pp = s2 - 2 * s3 / s1 + (s2 / s1) * (s2 / s1);
            double next = fmax(0.0, t + (wwrr - trace_p) / trace_pp);
            double change = fabs(next - t);
            t = next;
            steps++;
            if (change < tolerance) break;
        }
        double wy = 0;
        s1 = 0;
        for (long i = 0; i < k; i++) { double w = 1.0 / (v[i] + t); s1 += w; wy += w * y[i]; }
        estimate[row] = wy / s1; se[row] = 1.0 / sqrt(s1); tau2[row] = t;
    }
    return steps;
}
