from . import effects as effects
from . import heterogeneity as heterogeneity
from .effects import EffectSizes as EffectSizes
from .errors import (
    ConvergenceError as ConvergenceError,
    DisconnectedNetworkError as DisconnectedNetworkError,
    EvidenceError as EvidenceError,
    InvalidInputError as InvalidInputError,
    Issue as Issue,
    NotAssessable as NotAssessable,
    OutputError as OutputError,
    TmsmetaError as TmsmetaError,
    UnknownOptionError as UnknownOptionError,
)
from .pooling import PooledEffect as PooledEffect, PoolingSpec as PoolingSpec, pool as pool

__version__: str
