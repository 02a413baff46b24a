package submit

// The part of batch/v1 and v1 of Kubernetes that a Job of workers has, by the names of its
// fields there.

type jobObject struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   metadata `yaml:"metadata"`
	Spec       jobSpec  `yaml:"spec"`
}

type metadata struct {
	Name      string            `yaml:"name,omitempty"`
	Namespace string            `yaml:"namespace,omitempty"`
	Labels    map[string]string `yaml:"labels,omitempty"`
}

type jobSpec struct {
	CompletionMode       string        `yaml:"completionMode"`
	Completions          int           `yaml:"completions"`
	Parallelism          int           `yaml:"parallelism"`
	BackoffLimitPerIndex int           `yaml:"backoffLimitPerIndex"`
	PodReplacementPolicy string        `yaml:"podReplacementPolicy"`
	PodFailurePolicy     failurePolicy `yaml:"podFailurePolicy"`
	Template             struct {
		Metadata metadata `yaml:"metadata"`
		Spec     podSpec  `yaml:"spec"`
	} `yaml:"template"`
}

type failurePolicy struct {
	Rules []failureRule `yaml:"rules"`
}

type failureRule struct {
	Action          string         `yaml:"action"`
	OnPodConditions []podCondition `yaml:"onPodConditions,omitempty"`
	OnExitCodes     *exitCodes     `yaml:"onExitCodes,omitempty"`
}

type podCondition struct {
	Type   string `yaml:"type"`
	Status string `yaml:"status"`
}

type exitCodes struct {
	Operator string `yaml:"operator"`
	Values   []int  `yaml:"values,flow"`
}

type podSpec struct {
	RestartPolicy                 string            `yaml:"restartPolicy"`
	TerminationGracePeriodSeconds int64             `yaml:"terminationGracePeriodSeconds"`
	AutomountServiceAccountToken  bool              `yaml:"automountServiceAccountToken"`
	EnableServiceLinks            bool              `yaml:"enableServiceLinks"`
	SecurityContext               podSecurity       `yaml:"securityContext"`
	NodeSelector                  map[string]string `yaml:"nodeSelector,omitempty"`
	Tolerations                   []toleration      `yaml:"tolerations,omitempty"`
	Containers                    []container       `yaml:"containers"`
	Volumes                       []volume          `yaml:"volumes"`
}

type podSecurity struct {
	RunAsNonRoot   bool    `yaml:"runAsNonRoot"`
	RunAsUser      int     `yaml:"runAsUser"`
	RunAsGroup     int     `yaml:"runAsGroup"`
	FSGroup        int     `yaml:"fsGroup"`
	SeccompProfile profile `yaml:"seccompProfile"`
}

type profile struct {
	Type string `yaml:"type"`
}

type toleration struct {
	Key      string `yaml:"key"`
	Operator string `yaml:"operator"`
	Effect   string `yaml:"effect"`
}

type container struct {
	Name            string     `yaml:"name"`
	Image           string     `yaml:"image"`
	Args            []string   `yaml:"args"`
	WorkingDir      string     `yaml:"workingDir"`
	Env             []variable `yaml:"env"`
	Resources       resources  `yaml:"resources,omitempty"`
	SecurityContext struct {
		AllowPrivilegeEscalation bool `yaml:"allowPrivilegeEscalation"`
		Capabilities             struct {
			Drop []string `yaml:"drop,flow"`
		} `yaml:"capabilities"`
	} `yaml:"securityContext"`
	VolumeMounts []mount `yaml:"volumeMounts"`
}

type variable struct {
	Name      string       `yaml:"name"`
	Value     string       `yaml:"value,omitempty"`
	ValueFrom *valueSource `yaml:"valueFrom,omitempty"`
}

type valueSource struct {
	SecretKeyRef secretKey `yaml:"secretKeyRef"`
}

type secretKey struct {
	Name string `yaml:"name"`
	Key  string `yaml:"key"`
}

type resources struct {
	Requests map[string]string `yaml:"requests,omitempty"`
	Limits   map[string]string `yaml:"limits,omitempty"`
}

type mount struct {
	Name      string `yaml:"name"`
	MountPath string `yaml:"mountPath"`
	ReadOnly  bool   `yaml:"readOnly,omitempty"`
}

type volume struct {
	Name                  string        `yaml:"name"`
	EmptyDir              *struct{}     `yaml:"emptyDir,omitempty"`
	Secret                *secretVolume `yaml:"secret,omitempty"`
	PersistentVolumeClaim *claim        `yaml:"persistentVolumeClaim,omitempty"`
}

type secretVolume struct {
	SecretName string    `yaml:"secretName"`
	Items      []keyPath `yaml:"items"`
}

type keyPath struct {
	Key  string `yaml:"key"`
	Path string `yaml:"path"`
}

type claim struct {
	ClaimName string `yaml:"claimName"`
}
