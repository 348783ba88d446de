"""The words of a header: what columns are called by programs and people. A new dialect is a few words here.

Words are compared without case, dots, blanks, underscores and hyphens. A word with ``?`` is a weak one: it gives way to
any other column for the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


EXACT: Mapping[str, tuple[str, str]] = {
    # metafor
    "ai": ("events", "t"), "bi": ("nonevents", "t"), "ci": ("events", "c"), "di": ("nonevents", "c"),
    "n1i": ("n", "t"), "n2i": ("n", "c"), "m1i": ("mean", "t"), "m2i": ("mean", "c"), "sd1i": ("sd", "t"),
    "sd2i": ("sd", "c"), "x1i": ("events", "t"), "x2i": ("events", "c"), "t1i": ("time", "t"), "t2i": ("time", "c"),
    "yi": ("estimate", ""), "vi": ("variance", ""), "sei": ("se", ""), "xi": ("events", ""),
    "ni": ("n", ""), "ti": ("time", ""), "tpos": ("events", "t"), "tneg": ("nonevents", "t"),
    "cpos": ("events", "c"), "cneg": ("nonevents", "c"),
    # meta and netmeta
    "te": ("estimate", ""), "sete": ("se", ""),
    # Stata's meta
    "metaes": ("estimate", ""), "metase": ("se", ""),
    # comparisons by reference and treatment
    "ref": ("treatment", "c"), "base": ("treatment", "c"),
    # RevMan, and observed less expected events elsewhere
    "oe": ("observed less expected", ""), "ome": ("observed less expected", ""),
}  # fmt: skip
"""Whole headers that mean one thing: quantity and arm (``t`` treated, ``c`` comparator)."""

QUANTITIES: Mapping[str, str] = {
    "study": "study studlab studylabel metastudylabel studyid studyname studyc studyn? trial trialid trialname slab "
    "studie étude estudio id? label? name?",
    "author": "author authors authorname firstauthor authoryear citation reference? publication paper article autor",
    "treatment": "treatment treat trt t arm armname treatmentname treatmentarm treatid trtc trtn? group? drug "
    "intervention tx regimen condition? behandlung traitement tratamiento",
    "events": "events event r responders responder resp response responses cases case x? d? e? deaths death dead died "
    "ev evt evts success successes pos? positive? nevents eventsn numevents eventcount ereignisse événements eventos",
    "nonevents": "mi? failures survivors survivor survived surv alive neg? negative?",
    "n": "n total totals ntotal totaln ntot totn tot samplesize size? sample ss participants patients subjects persons "
    "randomised randomized nrandomised nrandomized analysed analyzed gesamt anzahl denominator",
    "percent": "prevalencepct incidencepct riskpct "
    "percent pct percentage perc eventspct eventpct pctevents pctevent percentevents eventspercent npct "
    "responsepct responderspct pctresponders pctresponse",
    "proportion": "proportion prop",
    "mean": "mi? changemean meanchange mean means m? average avg moyenne mittelwert y?",
    "sd": "changesd sdchange sdi sd stddev stdev std? standarddeviation sdev s? ecarttype standardabweichung",
    "se": "se sem stderr standarderror stderror sediff? seest seestimate seeffect seyi sees sigma? sigmak? "
    "effectsizestandarderror effectsizese seeffectsize standarderroreffectsize effectse",
    "variance": "variance var v? sesq sigma2",
    "time": "time? personyears personyear persontime py pyears years? exposure e? t? persondays patientyears",
    "estimate": "estimate est effect effectsize effectestimate es diff? difference? d? y? beta? coef? coefficient? "
    "theta",
    "correlation": "cor corr correlation ri",
    "year": "year pubyear publicationyear jahr",
}
"""Words for each quantity."""

NO = ("no", "non", "not", "without")
"""What makes non-events of a word for events."""

ARMS: Mapping[str, str] = {
    "t": "t e i exp experimental treated treatment treat trt trtmt intervention int active exposed tx verum behandlung",
    "c": "c ctrl ctl control controls cont con cntl comparator comparison comp placebo plac pbo kontrolle "
    "unexposed nonexposed",
}
"""Words for the treated arm and for the comparator's, beside the names of comparators in :mod:`tables.controls`."""

MEASURES: Mapping[str, str] = {
    "OR": "or oddsratio odds",
    "RR": "rr riskratio relativerisk relrisk",
    "HR": "hr hazardratio hazardsratio hazard",
    "IRR": "irr rateratio incidencerateratio",
    "RD": "rd riskdifference riskdiff",
    "MD": "md meandifference meandiff wmd",
    "SMD": "smd g hedgesg standardisedmeandifference standardizedmeandifference stdmeandifference stdmeandiff cohensd",
    "ROM": "rom ratioofmeans",
    "PETO": "petoor petooddsratio peto oddsratiopeto",
}
"""Words for an effect measure."""

GENERIC = _set("events event ev evt evts r x nevents eventsn numevents eventcount ereignisse")
"""Words for events that do not say of what; other words are an outcome, beside which another may stand."""

COVARIATES = _set(
    "age year years male males female females women men sex weeks week months month days day dose sessions duration "
    "followup baseline quality id dropout dropouts withdrawals withdrawn lost missing analysed randomised randomized"
)
"""Words for whole numbers that are no outcome."""

OUTCOMES = _set(
    "outcome outcomes endpoint endpoints endpunkt zielgröße measure measurement scale instrument questionnaire test "
    "timepoint timepoints time visit week weeks month months followup wave assessment zeitpunkt skala analysis "
    "comparison critère resultado"
)
"""Words for columns whose values are outcomes, time points or analyses of the same patients."""

STATED = _set(
    "measure effectmeasure outcomemeasure summarymeasure effectsizetype effecttype typeofeffect sm esmeasure estype "
    "effektmaß"
)
"""Columns whose cells name the effect measure, folded."""

FOURFOLD: Mapping[str, tuple[str, str]] = {
    "a": ("events", "t"), "b": ("nonevents", "t"), "c": ("events", "c"), "d": ("nonevents", "c"),
}  # fmt: skip
"""The cells of a fourfold table, where all four stand in the header."""

RATIOS = frozenset({"OR", "RR", "HR", "IRR", "ROM", "PETO"})
"""Measures of :data:`MEASURES` that are ratios, whose logs are analysed."""

LOG = frozenset({"log", "ln"})
LOWER = _set(
    "lower low lo ll lb lcl lci lowerlimit lowerbound l start untere unterer unteres unten untergrenze ug inf inferior"
)
UPPER = _set(
    "upper high up hi ul ub ucl uci upperlimit upperbound u end obere oberer oberes oben obergrenze og sup superior"
)
INTERVAL = _set(
    "ci cl ic limit bound confidence interval conf lim konfidenzintervall ki grenze limite límite intervalo"
)
UNITS = _set("mmhg mm hg kg g mg cm m kgm2 point points patients participants people persons mmol mmoll mgdl bpm")
"""What may stand in brackets behind a header without a change of what it holds, folded."""
SPREADS = _set("median medians iqr quartile quartiles q1 q3")
"""Words for numbers that are no mean and no standard deviation."""
FILLERS = _set("number no nr num of in the with group grp arm count")
"""Words that may stand in a header without saying what it holds."""

DIALECTS: Mapping[str, frozenset[str]] = {
    "metafor": _set("ai bi ci di n1i n2i m1i m2i sd1i sd2i x1i x2i t1i t2i yi vi sei xi mi ni ti sdi"),
    "meta": _set("evente ne eventc nc meane sde meanc sdc te sete studlab timee timec"),
    "RevMan": _set("experimentalcases experimentaln controlcases controln experimentalmean experimentalsd controlmean "
                   "controlsd experimentalevents experimentaltotal controlevents controltotal studyorsubgroup"),
    "gemtc": _set("responders samplesize stddev stderr exposure"),
    "multinma": _set("studyn studyc trtn trtc"),
    "MetaInsight": _set("t1 r1 n1 t2 r2 n2 mean1 sd1 mean2 sd2"),
    "Metapsy": _set("eventarm1 totalnarm1 eventarm2 totalnarm2 meanarm1 sdarm1 narm1 meanarm2 sdarm2 narm2 g gse"),
    "Stata": _set("es sees metaes metase metastudylabel lci uci logor selogor logrr selogrr loghr seloghr"),
}  # fmt: skip
"""Headers by which a program is known, folded; a table is in a dialect that most of its used columns belong to."""
