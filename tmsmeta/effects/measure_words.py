"""What a reader must know of each measure: its name in words, formula, source, what it assumes, when not to use it.

Cells of a table: a events and b non-events treated, c and d in the comparator arm, n = n_t + n_c; x events of n people,
or in time t; means and standard deviations s by arm.
"""

from __future__ import annotations

from collections.abc import Mapping

from tmsmeta.words.methods import Method

WORDS: Mapping[str, Method] = {
    m.name: m
    for m in (
        Method(
            name="OR",
            label="odds ratio",
            latex=r"y = \log \frac{a d}{b c}, \quad v = \frac{1}{a} + \frac{1}{b} + \frac{1}{c} + \frac{1}{d}",
            reference="Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13",
            assumes=(
                "Events of the arms are binomial, and counts large enough for the log to be normal. Needs no zero "
                "cell, so one is corrected."
            ),
            avoid=(
                "Common outcomes, where readers take it for a risk ratio; many zero cells, where the correction "
                "decides (see the models of counts)."
            ),
        ),
        Method(
            name="RR",
            label="risk ratio",
            latex=(
                r"y = \log \frac{a / n_t}{c / n_c}, \quad v = \frac{1}{a} - \frac{1}{n_t} + \frac{1}{c} - "
                r"\frac{1}{n_c}"
            ),
            reference="Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13",
            assumes=(
                "Events of the arms are binomial, and counts large enough for the log to be normal. Needs events in "
                "both arms, so zero cells are corrected."
            ),
            avoid=(
                "Baseline risks that differ much and are high: a ratio then promises more than all patients. Which "
                "outcome is counted, the event or its absence, changes the answer."
            ),
        ),
        Method(
            name="RD",
            label="risk difference",
            latex=r"y = \frac{a}{n_t} - \frac{c}{n_c}, \quad v = \frac{a b}{n_t^3} + \frac{c d}{n_c^3}",
            reference="Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13",
            assumes=(
                "Events of the arms are binomial. It exists with zero cells; where its variance would be 0, only a "
                "correction gives it a weight."
            ),
            avoid=(
                "Trials whose baseline risks differ: the difference usually depends on them. Rare events, where its "
                "interval is too wide."
            ),
        ),
        Method(
            name="AS",
            label="arcsine difference",
            latex=(
                r"y = \arcsin\sqrt{\frac{a}{n_t}} - \arcsin\sqrt{\frac{c}{n_c}}, \quad v = \frac{1}{4 n_t} + "
                r"\frac{1}{4 n_c}"
            ),
            reference="Rücker et al., Stat Med 2009;28:721",
            assumes=(
                "Events of the arms are binomial; its variance depends on the sizes alone, so no zero cell needs a "
                "correction."
            ),
            avoid=(
                "Where readers want a number they can picture: it has no meaning of its own. Use it beside another "
                "measure."
            ),
        ),
        Method(
            name="PETO",
            label="Peto odds ratio",
            latex=(
                r"y = \frac{a - e}{u}, \quad v = \frac{1}{u}, \quad e = \frac{n_t (a + c)}{n}, \quad u = \frac{n_t "
                r"n_c (a + c)(b + d)}{n^2 (n - 1)}"
            ),
            reference="Yusuf et al., Prog Cardiovasc Dis 1985;27:335",
            assumes=(
                "Effects near 1, rare events and arms of about equal size; it is one step from no effect. It needs no "
                "correction of zero cells: ask for `zero_cells='none'`, or use `peto`."
            ),
            avoid="Large effects, or arms of unequal size: it is biased there.",
        ),
        Method(
            name="PR",
            label="proportion",
            latex=r"y = \frac{x}{n}, \quad v = \frac{x (n - x)}{n^3}",
            reference="Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13",
            assumes="Events are binomial, and neither they nor non-events rare.",
            avoid=(
                "Proportions near 0 or 1: the interval leaves the range, and the variance, which follows the "
                "estimate, gives extreme studies too much weight."
            ),
        ),
        Method(
            name="PLN",
            label="log proportion",
            latex=r"y = \log \frac{x}{n}, \quad v = \frac{1}{x} - \frac{1}{n}",
            reference="Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13",
            assumes="Events are binomial; an arm without events is corrected.",
            avoid="Proportions near 1, where limits above 1 are cut; many arms without events.",
        ),
        Method(
            name="PLO",
            label="log odds",
            latex=r"y = \log \frac{x}{n - x}, \quad v = \frac{1}{x} + \frac{1}{n - x}",
            reference="Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13",
            assumes=(
                "Events are binomial; an arm with no or only events is corrected. The back-transformed mean is that "
                "of a middling study, not the mean proportion."
            ),
            avoid="Many arms with no or only events: the mixed model of proportions needs no correction.",
        ),
        Method(
            name="PAS",
            label="arcsine proportion",
            latex=r"y = \arcsin\sqrt{\frac{x}{n}}, \quad v = \frac{1}{4 n}",
            reference="Rücker et al., Stat Med 2009;28:721",
            assumes="Events are binomial; the variance depends on the size alone, so no correction is needed.",
            avoid="Very small samples with rare events, where the approximate variance is poor.",
        ),
        Method(
            name="PFT",
            label="Freeman-Tukey double arcsine proportion",
            latex=(
                r"y = \frac{1}{2}\left(\arcsin\sqrt{\frac{x}{n + 1}} + \arcsin\sqrt{\frac{x + 1}{n + 1}}\right), "
                r"\quad v = \frac{1}{4 n + 2}"
            ),
            reference="Freeman & Tukey, Ann Math Stat 1950;21:607; variance as in Miller, Am Stat 1978;32:138",
            assumes=(
                "Events are binomial; no correction is needed. The way back needs one size for all studies, for which "
                "the harmonic mean is taken."
            ),
            avoid=(
                "Studies of very different size: the way back then misleads (Schwarzer et al., Res Synth Methods "
                "2019;10:476), and results say so. Prefer PLO or the mixed model."
            ),
        ),
        Method(
            name="IR",
            label="incidence rate",
            latex=r"y = \frac{x}{t}, \quad v = \frac{x}{t^2}",
            reference="Rothman, Greenland & Lash, Modern Epidemiology (3rd ed. 2008), ch. 14",
            assumes="Events are Poisson in the time at risk.",
            avoid="Rare events: the interval falls below 0, and the variance follows the estimate.",
        ),
        Method(
            name="IRLN",
            label="log incidence rate",
            latex=r"y = \log \frac{x}{t}, \quad v = \frac{1}{x}",
            reference="Rothman, Greenland & Lash, Modern Epidemiology (3rd ed. 2008), ch. 14",
            assumes="Events are Poisson in the time at risk; an arm without events is corrected.",
            avoid="Many arms without events: the mixed model of rates needs no correction.",
        ),
        Method(
            name="IRS",
            label="square-root incidence rate",
            latex=r"y = \sqrt{\frac{x}{t}}, \quad v = \frac{1}{4 t}",
            reference="Bartlett, J R Stat Soc Suppl 1936;3:68",
            assumes="Events are Poisson; the root makes the variance depend on the time alone.",
            avoid="Very few events, where the root is still skewed.",
        ),
        Method(
            name="IRFT",
            label="Freeman-Tukey incidence rate",
            latex=r"y = \frac{1}{2}\left(\sqrt{\frac{x}{t}} + \sqrt{\frac{x + 1}{t}}\right), \quad v = \frac{1}{4 t}",
            reference="Freeman & Tukey, Ann Math Stat 1950;21:607",
            assumes="Events are Poisson; no correction is needed. The way back takes the harmonic mean of the times.",
            avoid="Studies of very different length, as for PFT.",
        ),
        Method(
            name="IRR",
            label="incidence rate ratio",
            latex=r"y = \log \frac{x_t / t_t}{x_c / t_c}, \quad v = \frac{1}{x_t} + \frac{1}{x_c}",
            reference="Rothman, Greenland & Lash, Modern Epidemiology (3rd ed. 2008), ch. 14",
            assumes=(
                "Events of both arms are Poisson and independent of each other; an arm without events is corrected."
            ),
            avoid="Events that repeat in the same patients: the variance is then too small.",
        ),
        Method(
            name="IRD",
            label="incidence rate difference",
            latex=r"y = \frac{x_t}{t_t} - \frac{x_c}{t_c}, \quad v = \frac{x_t}{t_t^2} + \frac{x_c}{t_c^2}",
            reference="Rothman, Greenland & Lash, Modern Epidemiology (3rd ed. 2008), ch. 14",
            assumes="Events of both arms are Poisson.",
            avoid="Trials whose baseline rates differ; events that repeat in the same patients.",
        ),
        Method(
            name="MD",
            label="mean difference",
            latex=r"y = \bar x_t - \bar x_c, \quad v = \frac{s_t^2}{n_t} + \frac{s_c^2}{n_c}",
            reference="Borenstein, in The Handbook of Research Synthesis (2nd ed. 2009), ch. 12",
            assumes="All studies measured on the same scale; arms large enough for means to be normal.",
            avoid=(
                "Different instruments; changes mixed with values at the end without a thought; skewed outcomes in "
                "small arms."
            ),
        ),
        Method(
            name="SMD",
            label="standardised mean difference (Hedges g)",
            latex=(
                r"y = J(m) \frac{\bar x_t - \bar x_c}{s_p}, \quad v = \frac{1}{n_t} + \frac{1}{n_c} + \frac{y^2}{2 "
                r"(n_t + n_c)}, \quad m = n_t + n_c - 2"
            ),
            reference="Hedges, J Educ Stat 1981;6:107",
            assumes=(
                "Normal outcomes with the same standard deviation in both arms; instruments measure the same thing. J "
                "is the exact factor, by the gamma function."
            ),
            avoid=(
                "Standard deviations that differ between arms (SMDH), or between studies because of their patients: "
                "then the unit differs, not the effect."
            ),
        ),
        Method(
            name="SMDH",
            label="standardised mean difference, unequal variances",
            latex=(
                r"y = J(m) \frac{\bar x_t - \bar x_c}{s}, \quad s^2 = \frac{s_t^2 + s_c^2}{2}, \quad v = \frac{y^2}{8 "
                r"s^4}\left(\frac{s_t^4}{n_t - 1} + \frac{s_c^4}{n_c - 1}\right) + "
                r"\frac{1}{s^2}\left(\frac{s_t^2}{n_t - 1} + \frac{s_c^2}{n_c - 1}\right)"
            ),
            reference="Bonett, Psychol Methods 2008;13:99, eq. 8",
            assumes=(
                "Normal outcomes; standard deviations may differ between arms. As in metafor from 4.6-0; the variance "
                "before is an option."
            ),
            avoid="Together with SMD in one analysis: the units differ.",
        ),
        Method(
            name="ROM",
            label="ratio of means",
            latex=(
                r"y = \log \frac{\bar x_t}{\bar x_c}, \quad v = \frac{s_t^2}{n_t \bar x_t^2} + \frac{s_c^2}{n_c \bar "
                r"x_c^2}"
            ),
            reference="Hedges, Gurevitch & Curtis, Ecology 1999;80:1150",
            assumes="Outcomes on a scale with a true 0, means above 0 and large against their standard errors.",
            avoid="Scales with an arbitrary 0, and changes from baseline: their ratio means nothing.",
        ),
        Method(
            name="HR",
            label="hazard ratio",
            latex=r"y = \log \widehat{HR}, \quad v = \left(\frac{\log \text{high} - \log \text{low}}{2 z}\right)^2",
            reference="Parmar, Torri & Stewart, Stat Med 1998;17:2815",
            assumes=(
                "Hazards are proportional in each study; the log is normal, so that a printed interval gives the "
                "standard error."
            ),
            avoid="Curves that cross; ratios adjusted for different covariates.",
        ),
        Method(
            name="GEN",
            label="effect",
            latex=r"y, \; v \text{ as given}",
            reference="none: the estimates are those of the studies",
            assumes="Estimates are normal with these variances, all on one scale, independent of each other.",
            avoid="Ratios that were not logged, and rows that share patients (see clusters).",
        ),
    )
}
